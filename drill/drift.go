package drill

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A DriftSpec is what a scenario says of drift.
type DriftSpec struct {
	Fail bool `json:"fail,omitempty"` // any difference misses the objective drift
	// Regions says that only differences between instances of one role count.
	Regions bool     `json:"regions,omitempty"`
	Ignore  []string `json:"ignore,omitempty"` // patterns of settings that may differ
}

// What a setting was held against.
const (
	AgainstRegions  = "regions"    // the other instances of its role
	AgainstLastRun  = "last-drill" // the same instance in the last drill of the same scenario
	driftAbsent     = "absent"     // for a setting that only some have
	maxDriftNames   = 6            // instances named with a value in a text
	maxDriftShown   = 160          // characters of a value in a text
	secretDiffers   = "a value"    // which is not told
	secretOther     = "another value"
	wholeSystemName = "the system"
)

// Drift is what differs in the configuration: between instances of one role, and
// from the last drill of the same scenario.
type Drift struct {
	// Compared says in words what was held against what; empty when nothing was.
	Compared []string `json:"compared"`
	// NotCompared says what could not be, and why.
	NotCompared []string       `json:"not_compared,omitempty"`
	Roles       int            `json:"roles"`              // whose instances were held against each other
	LastRun     string         `json:"last_run,omitempty"` // the drill before
	Ignored     int            `json:"ignored,omitempty"`  // differences that the scenario masks
	Findings    []DriftFinding `json:"findings"`
	// Blind says that some values could not be read: no difference was found, but
	// one may be there.
	Blind bool `json:"blind,omitempty"`
}

// A DriftFinding is one setting that is not everywhere as it should be.
type DriftFinding struct {
	Against string       `json:"against"`
	Role    string       `json:"role,omitempty"`
	Setting string       `json:"setting"`
	Values  []DriftValue `json:"values"`
	Text    string       `json:"text"`
}

// A DriftValue is one of the values found, and who has it. Of a secret it says
// only that it differs.
type DriftValue struct {
	Value     string   `json:"value"`
	Instances []string `json:"instances"`
	Regions   []string `json:"regions,omitempty"`
}

// CompareDrift looks for drift in a snapshot. last is the snapshot of the drill
// lastRun, nil when there is none.
func CompareDrift(now Configuration, last *Configuration, lastRun string, ignore []string) Drift {
	d := drifting{Drift: Drift{Compared: []string{}, Findings: []DriftFinding{}}, ignore: patterns(ignore)}
	d.regions(now)
	if last == nil {
		d.NotCompared = append(d.NotCompared, "there is no earlier drill of this scenario with a snapshot of the configuration")
	} else {
		d.LastRun = lastRun
		d.since(now, *last)
	}
	if n := len(d.unread); n > 0 {
		d.Blind = true
		d.NotCompared = append(d.NotCompared, d.unread...)
	}
	return d.Drift
}

// Changed says in words what of a system is not as it was, and what nobody can
// know of.
func Changed(now, was Configuration, ignore []string) (changed, unknown []string) {
	d := drifting{ignore: patterns(ignore)}
	d.since(now, was)
	for _, f := range d.Findings {
		changed = append(changed, f.Text)
	}
	return changed, append(d.unread, d.NotCompared...)
}

type drifting struct {
	Drift
	ignore []*regexp.Regexp
	unread []string
}

// patterns take * for anything; a pattern may begin with a role and a colon.
func patterns(ignore []string) []*regexp.Regexp {
	var out []*regexp.Regexp
	for _, p := range ignore {
		if !strings.Contains(p, ":") {
			p = "*:" + p
		}
		out = append(out, regexp.MustCompile(`(?s)\A`+strings.ReplaceAll(regexp.QuoteMeta(p), `\*`, `.*`)+`\z`))
	}
	return out
}

// masks says that the scenario lets a setting differ.
func (d *drifting) masks(role, setting string) bool {
	return slices.ContainsFunc(d.ignore, func(p *regexp.Regexp) bool { return p.MatchString(role + ":" + setting) })
}

// blind keeps that a setting could not be read, once.
func (d *drifting) blind(p Configured, setting, why string) {
	text := fmt.Sprintf("%s of %s: %s", setting, p.name(), why)
	if !d.masks(p.Role, setting) && !slices.Contains(d.unread, text) {
		d.unread = append(d.unread, text)
	}
}

// add keeps a finding unless the scenario masks it.
func (d *drifting) add(f DriftFinding) {
	if d.masks(f.Role, f.Setting) {
		d.Ignored++
		return
	}
	f.Text = f.text()
	d.Findings = append(d.Findings, f)
}

// regions holds the instances of each role against each other.
func (d *drifting) regions(c Configuration) {
	for _, role := range rolesOf(c) {
		var parts []Configured
		places := map[string]bool{}
		for _, p := range c.Parts {
			if p.Instance != "" && p.Role == role {
				parts = append(parts, p)
				places[p.Region] = true
			}
		}
		if len(parts) < 2 {
			continue
		}
		d.Roles++
		d.Compared = append(d.Compared, fmt.Sprintf("%d instances of %s in %s", len(parts), role, regionsWord(len(places))))
		for _, path := range pathsOf(parts) {
			d.setting(role, path, parts)
		}
	}
	if len(d.Compared) == 0 {
		d.NotCompared = append(d.NotCompared, "no role has two instances, so regions cannot be compared")
	}
}

func regionsWord(n int) string {
	if n == 1 {
		return "1 region"
	}
	return fmt.Sprintf("%d regions", n)
}

func rolesOf(c Configuration) []string {
	var roles []string
	for _, p := range c.Parts {
		if p.Instance != "" {
			roles = append(roles, p.Role)
		}
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}

func pathsOf(parts []Configured) []string {
	var paths []string
	for _, p := range parts {
		for _, s := range p.Settings {
			if s.ofSystem() {
				paths = append(paths, s.Path)
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
