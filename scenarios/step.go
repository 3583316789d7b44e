package scenarios

import (
	"cmp"
	"slices"

	"github.com/drillctl/drillctl/faults"
)

// Step is one thing at one time: a fault, an action or a question.
type Step struct {
	At    Duration  `yaml:"at" doc:"when, from the start of the fault phase" required:"true" max:"1h"`
	Fault string    `yaml:"fault" doc:"kind of damage; see 'drillctl faults'"`
	On    Selector  `yaml:"on" doc:"whom it hits; optional where the damage is done outside, and then a region"`
	From  *Selector `yaml:"from" doc:"the other side, for faults of links; who sends it, for flood"`
	For   Duration  `yaml:"for" doc:"how long it lasts" min:"100ms" max:"1h"`
	Name  string    `yaml:"name" doc:"a name for reports"`
	// A step does one of three things: damage, an action or a question.
	Action  *Action  `yaml:"action" doc:"something to run that is no damage"`
	Confirm string   `yaml:"confirm" doc:"what the operator has to do or decide; the step is over when they say so on the terminal"`
	Timeout Duration `yaml:"timeout" doc:"how long the operator has" default:"10m" min:"1s" max:"1h"`

	Kind   faults.Kind  `yaml:"-"`
	Damage faults.Fault `yaml:"-"` // with its parameters
}

// Action is a program to run. Either run or shell is given.
type Action struct {
	Run      []string  `yaml:"run" doc:"the program and its arguments; no shell reads them"`
	Shell    string    `yaml:"shell" doc:"a script for sh -c"`
	In       *Selector `yaml:"in" doc:"the instances to run it in; without, it runs where drillctl does"`
	Timeout  Duration  `yaml:"timeout" doc:"how long it may take; then it is ended" default:"30s" min:"1s" max:"1h"`
	Declares bool      `yaml:"declares" doc:"running it declares the disaster: RTA from declaration counts from here"`
}

// TakesRegion says whether the step takes whole regions out of service.
func (st Step) TakesRegion() bool {
	whole := len(st.On.Region) > 0 && len(st.On.Role)+len(st.On.Service)+len(st.On.Name)+len(st.On.Label) == 0 && (st.On.Pick == "all" || st.On.Pick == "")
	return whole && slices.Contains([]string{"blackhole", "power-loss", "kill", "stop", "pause", "partition", "command", "external"}, st.Fault)
}

// TakesGateways says whether the step takes all gateways of whole regions away at
// once: to clients and to health checks the regions are lost, though their data is not.
// A stop does not, by which gateways leave in order.
func (st Step) TakesGateways() bool {
	roles := slices.Concat(st.On.Role, st.On.Service)
	whole := len(st.On.Region) > 0 && len(roles) == 1 && roles[0] == "gateway" && len(st.On.Name)+len(st.On.Label) == 0 && (st.On.Pick == "all" || st.On.Pick == "")
	return whole && slices.Contains([]string{"blackhole", "power-loss", "kill", "pause"}, st.Fault)
}

func (st Step) text() string {
	switch {
	case st.Confirm != "": // the operator is asked in these words, whatever the step is called
		return cmp.Or(st.Name, "confirm") + ": " + st.Confirm
	case st.Name != "":
		return st.Name
	case st.Action != nil:
		return st.Action.text()
	}
	text := st.Fault
	if on := st.On.String(); on != "" {
		text += " on " + on
	}
	if st.From != nil {
		text += " from " + st.From.String()
	}
	if st.For > 0 {
		text += " for " + st.For.String()
	}
	return text
}
