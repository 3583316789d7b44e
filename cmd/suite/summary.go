package suite

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/cmd/build"
	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/outputs"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner"
)

func (s *suite) finish(i int, r result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done[i] = r
	name := s.entries[s.units[i].drill].Scenario.Name
	code := exit.Code(r.error())
	switch {
	case s.ended:
	case code == exit.Broken:
		s.ended, s.why, s.skipCode = true, name+" left something broken", exit.Inconclusive
	case code != exit.Passed && s.opts.FailFast:
		s.ended, s.why, s.skipCode = true, fmt.Sprintf("--fail-fast: %s ended with %d", name, code), exit.Inconclusive
	}
}

func (s *suite) progress(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.opts.Quiet {
		fmt.Fprintf(s.env.Err, "drillctl: "+format+"\n", args...)
	}
}

// error is what a command that ran only this would end with.
func (r result) error() error {
	if !r.started() {
		return nil
	}
	if r.rec.Schema == "" {
		return r.err
	}
	return errors.Join(r.err, exit.Verdict(r.rec))
}

func (r result) started() bool { return r.err != nil || r.rec.Schema != "" }

// summary puts the results into drills.
func (s *suite) summary(began time.Time) drill.Suite {
	drills := make([]drill.Drill, len(s.entries))
	codes := make([][]int, len(s.entries))
	for i, e := range s.entries {
		drills[i] = drill.Drill{Scenario: e.Ref(), Title: e.Scenario.Title, Labels: e.Scenario.Labels, Runs: []drill.Record{}}
	}
	for i, r := range s.done {
		at := s.units[i].drill
		d := &drills[at]
		if !r.started() {
			d.Skipped = s.why
			codes[at] = append(codes[at], s.skipCode)
			continue
		}
		if r.rec.Schema != "" {
			d.Runs = append(d.Runs, r.rec)
			d.Baseline = r.rec.Baseline
		}
		for _, err := range exit.Loud(r.err) {
			d.Errors = append(d.Errors, err.Error())
		}
		codes[at] = append(codes[at], exit.Code(r.error()))
	}
	var all []int
	for i := range drills {
		drills[i].Judge()
		drills[i].Exit = exit.Worst(codes[i]...)
		all = append(all, drills[i].Exit)
	}
	return drill.NewSuite(build.Tool(), began.UTC(), time.Now().UTC(), exit.Worst(all...), drills)
}

// tell writes the reports of what was run, and says how the command ends.
func (s *suite) tell(outs []outputs.Output, began time.Time) error {
	sum := s.summary(began)
	if len(s.units) == 1 {
		return s.tellOne(outs, sum, s.done[0])
	}
	errs := []error{outputs.WriteSuite(s.env, s.set, outs, sum), outputs.GitHub(s.env, sum)}
	for i, r := range s.done {
		for _, err := range exit.Loud(r.err) {
			errs = append(errs, fmt.Errorf("%s: %w", s.entries[s.units[i].drill].Scenario.Name, err))
		}
	}
	if sum.Exit != exit.Passed {
		errs = append(errs, exit.Told{Code: sum.Exit})
	}
	return errors.Join(errs...)
}

func (s *suite) tellOne(outs []outputs.Output, sum drill.Suite, r result) error {
	var err error
	if r.rec.Schema == "" {
		err = outputs.WriteSuite(s.env, s.set, filesOf(outs), sum)
	} else {
		err = outputs.WriteRecord(s.env, s.set, outs, r.rec)
	}
	err = errors.Join(err, outputs.GitHub(s.env, sum))
	if !r.started() {
		return errors.Join(err, fmt.Errorf("%w before the drill started; nothing was touched", runner.ErrInterrupted))
	}
	return errors.Join(err, r.error())
}

// refuse tells that nothing was started, and why, where a CI system looks for
// results.
func (s *suite) refuse(outs []outputs.Output, began time.Time, why error) error {
	s.ended, s.why, s.skipCode = true, strings.ReplaceAll(why.Error(), "\n", "; "), exit.Code(why)
	sum := s.summary(began)
	return errors.Join(outputs.WriteSuite(s.env, s.set, filesOf(outs), sum), outputs.GitHub(s.env, sum), why)
}

// filesOf are the reports in files that can tell of a drill without a record: left
// as they were, they would be read as the results of today.
func filesOf(outs []outputs.Output) []outputs.Output {
	return slices.DeleteFunc(slices.Clone(outs), func(o outputs.Output) bool { return o.Path == "" || o.Format.Suite == nil })
}
