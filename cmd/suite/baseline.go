package suite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/cmd/drift"
	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/records"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/rundir"
)

const (
	LastPass = "last-pass"
	// maxBaseline is as many runs as a baseline keeps: the newest say most about
	// what the system is like today.
	maxBaseline = 50
)

// A yardstick is what the runs of one scenario are held against.
type yardstick struct {
	runs    []drill.Record
	leftOut []string
	gates   []drill.Regression
}

// measureBy finds the baseline of a scenario before anything starts: what was
// named must be comparable, and something must be gated.
func (s *suite) measureBy(ctx context.Context, e entry) (*yardstick, error) {
	y := &yardstick{gates: drill.GatesOf(e.Scenario.Spec())}
	if len(y.gates) == 0 {
		return nil, exit.Usagef("regression: {eed: +25%} gates what a drill measures", "%s: --baseline: the scenario gates nothing: it has neither regression nor an objective rto or failover", e.Scenario.Name)
	}
	now, err := drift.Configuration(ctx, e.Drill, e.on, s.root, subject.Environment(e.on.Where(), nil))
	if err != nil {
		return nil, fmt.Errorf("look at the configuration: %w", err)
	}
	fingerprint := now.Fingerprint()
	for _, name := range s.opts.Baseline {
		var found []drill.Record
		var err error
		if name == LastPass {
			found, err = lastPasses(s.root, fingerprint)
		} else {
			found, err = records.Stored(s.root, name)
		}
		if err != nil {
			return nil, fmt.Errorf("--baseline: %w", err)
		}
		y.runs = append(y.runs, found...)
	}
	named := len(y.runs)
	y.runs, y.leftOut = drill.Comparable(y.runs, fingerprint)
	if len(y.runs) == 0 && named > 0 {
		return nil, exit.Usagef("a baseline is runs that passed, of the same system, load and damage, on the same kind of machine", "%s: --baseline: none of it can be compared:\n%s", e.Scenario.Name, strings.Join(y.leftOut, "\n"))
	}
	for i := range y.runs {
		y.runs[i].Timeline = nil // not needed, and large
	}
	return y, nil
}

// lastPasses are the newest runs that can be compared, at most maxBaseline. A run
// that cannot be read is no baseline.
func lastPasses(root, fingerprint string) ([]drill.Record, error) {
	dirs, err := rundir.List(root)
	if err != nil {
		return nil, err
	}
	var out []drill.Record
	for _, d := range slices.Backward(dirs) {
		var rec drill.Record
		if d.ReadJSON(rundir.Record, &rec) != nil {
			continue
		}
		if kept, _ := drill.Comparable([]drill.Record{rec}, fingerprint); len(kept) > 0 {
			out = append(out, kept...)
		}
		if len(out) == maxBaseline {
			break
		}
	}
	return out, nil
}

// compare holds each scenario's runs against its baseline, once all are there,
// and stores what came out with each of them. Runs that cannot be judged are not
// compared.
func (s *suite) compare() {
	for at, e := range s.entries {
		if e.by == nil {
			continue
		}
		var runs []drill.Record
		sound := true
		for i, r := range s.done {
			if s.units[i].drill == at && r.started() {
				sound = sound && r.rec.Schema != "" && r.rec.Verdict != drill.Inconclusive && r.rec.Outcome == runner.Completed
				runs = append(runs, r.rec)
			}
		}
		if !sound || len(runs) == 0 {
			s.progress("%s: not compared with the baseline: not all of its runs could be judged", e.Scenario.Name)
			continue
		}
		b := drill.Against(runs, e.by.runs, e.by.gates)
		b.LeftOut = e.by.leftOut
		for i := range s.done {
			if r := &s.done[i]; s.units[i].drill == at && r.started() {
				r.hold(s.root, b)
			}
		}
	}
}

// hold stores a comparison with a run that it is about.
func (r *result) hold(root string, b drill.Baseline) {
	rec, err := runner.StoreBaseline(rundir.Dir{Root: root, ID: r.rec.RunID}, b)
	if err != nil {
		r.err = errors.Join(r.err, err)
		r.rec.Hold(b)
		return
	}
	rec.Dir = r.rec.Dir
	r.rec = rec
}
