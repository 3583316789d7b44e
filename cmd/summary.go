package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strings"
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
	var err error
	if r.rec.Schema == "" {
		err = writeSuite(s.env, s.set, filesOf(outs), sum)
	} else {
		err = writeRecord(s.env, s.set, outs, r.rec)
	}
	err = errors.Join(err, tellGitHub(s.env, sum))
	if !r.started() {
		return errors.Join(err, fmt.Errorf("%w before the drill started; nothing was touched", runner.ErrInterrupted))
	}
	return errors.Join(err, r.error())
}

// refuse tells that nothing was started, and why, where a CI system looks for
// results.
func (s *suite) refuse(outs []output, began time.Time, why error) error {
	s.ended, s.why, s.skipCode = true, strings.ReplaceAll(why.Error(), "\n", "; "), exitCode(why)
	sum := s.summary(began)
	return errors.Join(writeSuite(s.env, s.set, filesOf(outs), sum), tellGitHub(s.env, sum), why)
}

// filesOf are the reports in files that can tell of a drill without a record: left
// as they were, they would be read as the results of today.
func filesOf(outs []output) []output {
	return slices.DeleteFunc(slices.Clone(outs), func(o output) bool { return o.path == "" || o.format.Suite == nil })
}
