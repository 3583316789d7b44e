package reports

import (
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// A RunSummary is one run in a list. An attempt that never finished has no
// verdict, and its Note says so.
type RunSummary struct {
	ID       string
	Scenario string
	Began    time.Time
	Verdict  drill.Verdict
	Duration time.Duration // 0 is unknown
	RTA      drill.Reading
	RPA      drill.Reading
	Note     string
}

// Runs writes a list of runs in the order given.
func Runs(w io.Writer, runs []RunSummary, o Options) error {
	p := newPage(o)
	if len(runs) == 0 {
		p.para("", "no runs yet: drillctl run region-blackhole", plain)
		return p.flush(w)
	}
	g := grid{cols: []column{{head: "run"}, {head: "scenario", drop: 3}, {head: "began", drop: 1}, {head: "took", right: true, drop: 2},
		{head: "RTA", right: true}, {head: "RPA", right: true}, {head: "verdict"}}}
	for _, r := range runs {
		took, began := "", "-"
		if !r.Began.IsZero() {
			began = r.Began.UTC().Format("2006-01-02 15:04:05Z")
		}
		if r.Duration > 0 {
			took = figures.Seconds(r.Duration.Seconds())
		}
		g.add(cell{text: r.ID}, cell{text: r.Scenario}, cell{text: began}, cell{text: took},
			cell{text: brief(r.RTA)}, cell{text: brief(r.RPA)}, verdictCell(r.Verdict))
	}
	p.grid(&g)
	for _, r := range runs {
		if r.Note != "" {
			p.para(bullet+r.ID+": ", r.Note, unsure)
		}
	}
	return p.flush(w)
}

// brief is a reading in a list: what is not known is a dash.
func brief(r drill.Reading) string {
	if !r.Known {
		return "-"
	}
	return figures.Achieved(r)
}

// A PlanView is what a drill would do, and to whom.
type PlanView struct {
	Scenario  string
	Seed      uint64
	Runtime   string
	Phases    []PlanPhase
	Steps     []PlanStep
	Instances []PlanInstance
}

// A PlanPhase is one phase; At counts from the start of the load.
type PlanPhase struct {
	Name    string
	At, For time.Duration
}

// A PlanStep is one step; At counts from the start of the fault phase, and a For
// of 0 is an instant fault.
type PlanStep struct {
	ID      string
	At, For time.Duration
	Fault   string // or kind of action
	Targets []string
	Text    string
	Within  time.Duration // an action's limit; nobody knows how long it will take
	Others  []string      // the other side of a fault of links, or who sends it
}

// A PlanInstance is one instance of the system.
type PlanInstance struct{ Name, Region, Role, Addr string }

// Plan writes what would be hit, and when. Instances that a step would hit are
// marked with its ID.
func Plan(w io.Writer, v PlanView, o Options) error {
	p := newPage(o)
	p.buf.WriteString(p.paint(p.clean("plan of "+v.Scenario), bold) + p.clean(": nothing was touched") + "\n")
	p.section("PHASES", "from the start of the load, once the system is steady")
	phases := grid{cols: []column{{head: "phase"}, {head: "at", right: true}, {head: "for", right: true}}}
	for _, ph := range v.Phases {
		phases.texts(ph.Name, figures.Span(ph.At), figures.Span(ph.For))
	}
	p.grid(&phases)
	planSteps(p, v)
	planInstances(p, v)
	p.section("REPEATABLE", "")
	p.para("", "runtime "+v.Runtime+", seed "+uintText(v.Seed)+": the same seed picks the same targets", plain)
	return p.flush(w)
}

func planSteps(p *page, v PlanView) {
	p.section("STEPS", "from the start of the fault phase")
	if len(v.Steps) == 0 {
		p.para("", "none: this drill only watches", plain)
		return
	}
	g := grid{cols: []column{{head: "step"}, {head: "at", right: true}, {head: "for", right: true}, {head: "fault"}, {head: "what", flex: true}}}
	for _, s := range v.Steps {
		lasts := pick(s.For > 0, figures.Span(s.For), "instant")
		if s.Within > 0 {
			lasts = "< " + figures.Span(s.Within)
		}
		g.texts(s.ID, figures.Span(s.At), lasts, s.Fault, s.Text)
	}
	p.grid(&g)
	for _, s := range v.Steps {
		head, whom := s.whom()
		p.para(bullet+head, whom, dim)
	}
}

// whom says what a step is done to.
func (s PlanStep) whom() (head, names string) {
	names = strings.Join(s.Targets, ", ")
	switch {
	case s.Within > 0 && len(s.Targets) > 0:
		return s.ID + " runs in ", names
	case s.Fault == drill.ActionConfirm:
		return s.ID + " asks the operator", ""
	case s.Within > 0:
		return s.ID + " runs beside drillctl", ""
	case len(s.Others) > 0:
		names += "; from: " + strings.Join(s.Others, ", ")
	}
	return s.ID + " hits " + figures.Plural(len(s.Targets), "instance") + ": ", names
}

func planInstances(p *page, v PlanView) {
	if len(v.Instances) == 0 {
		return
	}
	hit := map[string][]string{}
	for _, s := range v.Steps {
		if s.Within > 0 {
			continue
		}
		for _, t := range s.Targets {
			hit[t] = append(hit[t], s.ID)
		}
	}
	p.section("SYSTEM", figures.Plural(len(v.Instances), "instance"))
	g := grid{cols: []column{{head: "instance"}, {head: "region"}, {head: "role"}, {head: "address"}, {head: "hit by", flex: true}}}
	for _, i := range v.Instances {
		g.add(cell{text: i.Name}, cell{text: i.Region}, cell{text: i.Role}, cell{text: i.Addr}, cell{strings.Join(hit[i.Name], ", "), unsure})
	}
	p.grid(&g)
}

// A Check is one finding of doctor. Hint says what to do when it is not OK.
type Check struct {
	Name string
	OK   bool
	Text string
	Hint string
}

// Checks writes doctor's findings, and how many are not OK.
func Checks(w io.Writer, checks []Check, o Options) error {
	p := newPage(o)
	g := grid{cols: []column{{head: "check"}, {head: "state"}, {head: "found", flex: true}}}
	failed := 0
	for _, c := range checks {
		state := cell{"ok", good}
		if !c.OK {
			failed++
			state = cell{"MISSING", bad}
		}
		g.add(cell{text: c.Name}, state, cell{text: c.Text})
	}
	p.grid(&g)
	for _, c := range checks {
		if !c.OK && c.Hint != "" {
			p.para(bullet+c.Name+": ", c.Hint, unsure)
		}
	}
	p.buf.WriteByte('\n')
	p.para("", pick(failed == 0, "all is well", figures.Plural(failed, "check")+" of "+uintText(uint64(len(checks)))+" not ok"), pick(failed == 0, good, bad))
	return p.flush(w)
}

func uintText(n uint64) string { return strconv.FormatUint(n, 10) }
