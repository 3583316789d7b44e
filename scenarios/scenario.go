// Package scenarios is a drill as written down: YAML as Go types with positions.
// Parse reports every mistake of a file at once, with its place and what to do.
package scenarios

import (
	"time"
)

// APIVersion is the version of the format.
const APIVersion = "drillctl/v1"

// The defaults of the ends of a drill. Hold is the larger of its default and 3
// health intervals; settle the larger of its default and hold with a timeout.
const (
	defaultHold   = Duration(30 * time.Second)
	defaultSettle = Duration(15 * time.Second)
)

// A Scenario is one drill as written, with defaults filled in.
type Scenario struct {
	APIVersion  string     `yaml:"apiVersion" doc:"version of the format" enum:"drillctl/v1" required:"true"`
	Name        string     `yaml:"name" doc:"short name: lower case, digits, hyphens" required:"true"`
	Title       string     `yaml:"title" doc:"one line for lists and reports"`
	Strategy    string     `yaml:"strategy" doc:"the resilience strategy that it drills" enum:"multiple-regions,traffic,failover,data,containers,serverless,monitoring,testing"`
	Description string     `yaml:"description" doc:"what is drilled and why"`
	Expect      string     `yaml:"expect" doc:"what should happen"`
	Labels      []string   `yaml:"labels" doc:"words to choose drills by"`
	Proves      *Proves    `yaml:"proves" doc:"what shows that this drill can fail; a run does not read it"`
	Seed        *uint64    `yaml:"seed" doc:"fixes every random choice; without it each run draws and records one" min:"0"`
	System      System     `yaml:"system" doc:"what is drilled" required:"true"`
	Load        Load       `yaml:"load" doc:"the traffic that measures" required:"true"`
	Steady      Steady     `yaml:"steady" doc:"the condition to be met before any damage"`
	Hold        Duration   `yaml:"hold" doc:"recovered means good for this long (default: the larger of 30s and 3 health intervals)" min:"1s" max:"1h"`
	Detect      Detect     `yaml:"detect" doc:"what counts as an outage"`
	Steps       []Step     `yaml:"steps" doc:"the damage, by time" required:"true"`
	Settle      Duration   `yaml:"settle" doc:"how long to watch after the last damage is gone (default: 15s, or hold and one timeout if that is longer)" min:"1s" max:"1h"`
	Objectives  Objectives `yaml:"objectives" doc:"the targets" required:"true"`
	Regression  Regression `yaml:"regression" doc:"how much worse than a baseline a reading may be, with 'drillctl run --baseline'; default: failover and rto, if asked, +10%"`
	AbortIf     *AbortIf   `yaml:"abort-if" doc:"end the drill when it goes too far"`
	Drift       Drift      `yaml:"drift" doc:"what is made of differences in the configuration, between regions and from the last drill: report (the default), fail or fail-regions, or a mapping with more"`
	Schedule    Schedule   `yaml:"schedule" doc:"how often it is to be drilled: daily, weekly, monthly, quarterly, half-yearly, yearly or a duration; 'drillctl due' reminds"`

	Monitoring *Monitoring `yaml:"monitoring" doc:"where the alerts are looked up that objectives ask for; not needed with system.gateway.monitor"`

	Participants []Participant `yaml:"participants" doc:"who takes part, for the reports"`
	Exercise     *Exercise     `yaml:"exercise" doc:"what the quarterly report says of the drill beside its numbers"`

	file  string
	marks map[string]mark // places by path
}

// Proves says what the drill must be able to see: a drill that cannot fail shows
// nothing.
type Proves struct {
	Shows     string   `yaml:"shows" json:"shows" doc:"what a pass shows"`
	Source    string   `yaml:"source" json:"source" doc:"where the drill comes from"`
	FailsWith []string `yaml:"fails-with" json:"fails_with" doc:"bugs of the bundled system: with any one of them switched on this drill must miss an objective, as 'make matrix' tries" enum:"@bugs" required:"true" min:"1"`
}

// Steady is the condition to be met before any damage.
type Steady struct {
	For     Duration `yaml:"for" doc:"how long the system must be good" default:"5s" min:"1s" max:"1h"`
	Success Percent  `yaml:"success" doc:"share of good requests" default:"99.9%"`
}

// Detect sets what counts as an outage.
type Detect struct {
	Window        Duration `yaml:"window" doc:"sliding window" default:"1s" min:"100ms" max:"1m"`
	MinRequests   int      `yaml:"min-requests" doc:"the window is never shorter than this many requests" default:"10" min:"1" max:"10000"`
	MinBad        int      `yaml:"min-bad" doc:"bad requests in the window that an outage needs at least" default:"3" min:"1" max:"10000"`
	Down          Percent  `yaml:"down" doc:"share of bad requests at which clients are down" default:"10%"`
	Up            Percent  `yaml:"up" doc:"share of bad requests that recovered may still have" default:"1%"`
	CapacityFloor Percent  `yaml:"capacity-floor" doc:"good requests that recovered needs, as a share of the offered rate" default:"90%"`
	Share         Percent  `yaml:"share-tolerance" doc:"how far from its baseline share a returned region may be" default:"10%"`
}

// AbortIf ends the drill when it goes too far.
type AbortIf struct {
	Success Below    `yaml:"success" doc:"share of good requests below which it counts, e.g. \"< 5%\"" required:"true"`
	For     Duration `yaml:"for" doc:"for how long" required:"true" min:"1s" max:"1h"`
}
