package cmd

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner"
)

func (s *suite) finish(i int, r result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done[i] = r
	name := s.entries[s.units[i].drill].sc.Name
	code := exitCode(r.error())
	switch {
	case s.ended:
	case code == exitBroken:
		s.ended, s.why, s.skipCode = true, name+" left something broken", exitInconclusive
	case code != exitPassed && s.opts.failFast:
		s.ended, s.why, s.skipCode = true, fmt.Sprintf("--fail-fast: %s ended with %d", name, code), exitInconclusive
	}
}

func (s *suite) progress(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.opts.quiet {
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
	return errors.Join(r.err, verdictOf(r.rec))
}

func (r result) started() bool { return r.err != nil || r.rec.Schema != "" }

// exitOrder is from the worst code of a suite to the best: what is broken must
// be mended first; a missed objective is a fact, what could not be asked is not.
var exitOrder = []int{exitBroken, exitInterrupted, exitMissed, exitCannotRun, exitUsage, exitInconclusive, exitPassed}

func worstExit(codes ...int) int {
	worst := len(exitOrder) - 1
	for _, c := range codes {
		if i := slices.Index(exitOrder, c); i >= 0 {
			worst = min(worst, i)
		}
	}
	return exitOrder[worst]
}

// summary puts the results into drills.
func (s *suite) summary(began time.Time) drill.Suite {
	drills := make([]drill.Drill, len(s.entries))
	codes := make([][]int, len(s.entries))
	for i, e := range s.entries {
		drills[i] = drill.Drill{Scenario: e.ref(), Title: e.sc.Title, Labels: e.sc.Labels, Runs: []drill.Record{}}
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
		for _, err := range loud(r.err) {
			d.Errors = append(d.Errors, err.Error())
		}
		codes[at] = append(codes[at], exitCode(r.error()))
	}
	var all []int
	for i := range drills {
		drills[i].Judge()
		drills[i].Exit = worstExit(codes[i]...)
		all = append(all, drills[i].Exit)
	}
	return drill.NewSuite(tool(), began.UTC(), time.Now().UTC(), worstExit(all...), drills)
}

// tell writes the reports of what was run, and says how the command ends.
func (s *suite) tell(outs []output, began time.Time) error {
	sum := s.summary(began)
	if len(s.units) == 1 {
		return s.tellOne(outs, sum, s.done[0])
	}
	errs := []error{writeSuite(s.env, s.set, outs, sum), tellGitHub(s.env, sum)}
	for i, r := range s.done {
		for _, err := range loud(r.err) {
			errs = append(errs, fmt.Errorf("%s: %w", s.entries[s.units[i].drill].sc.Name, err))
		}
	}
	if sum.Exit != exitPassed {
		errs = append(errs, toldError{sum.Exit})
	}
	return errors.Join(errs...)
}

func (s *suite) tellOne(outs []output, sum drill.Suite, r result) error {
	var errs []error
	switch {
	case !r.started(): // interrupted before
		return fmt.Errorf("%w before the drill started; nothing was touched", runner.ErrInterrupted)
	case r.rec.Schema != "":
		errs = append(errs, writeRecord(s.env, s.set, outs, r.rec))
	}
	return errors.Join(append(errs, tellGitHub(s.env, sum), r.error())...)
}
