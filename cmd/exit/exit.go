// Package exit says how a command ends: its errors, what the user is told of them,
// and the one table from verdicts and errors to exit codes.
package exit

import (
	"errors"
	"fmt"
	"slices"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner"
)

// The exit codes: one table, also in the help.
const (
	Passed       = 0
	Missed       = 1
	Usage        = 2
	Inconclusive = 3
	CannotRun    = 4
	Broken       = 5
	Interrupted  = 130
)

// Table is for the help.
const Table = `Exit codes:
  0    the drill passed
  1    an objective was missed
  2    wrong usage or invalid scenario
  3    inconclusive: the drill cannot answer what it was asked
  4    the drill could not run; nothing was injected
  5    something was left broken: run 'drillctl recover' (beats all others)
  130  interrupted, everything taken back`

// A verdictError carries a verdict that is not a pass to the exit code. The
// table has told it already.
type verdictError struct {
	verdict drill.Verdict
	outcome string
}

func (e verdictError) Error() string { return "verdict: " + e.verdict.String() }

// A UsageError is the user's to mend. Without a hint the help of the command is
// named.
type UsageError struct {
	Err  error
	Hint string
}

func (e UsageError) Error() string { return e.Err.Error() }
func (e UsageError) Unwrap() error { return e.Err }

// A Told has been shown already; only its code is left to say.
type Told struct{ Code int }

func (e Told) Error() string { return fmt.Sprintf("exit %d", e.Code) }

// Usagef is a UsageError in words.
func Usagef(hint, format string, args ...any) error {
	return UsageError{fmt.Errorf(format, args...), hint}
}

// Code is the only place where verdicts and errors become numbers.
func Code(err error) int {
	var v verdictError
	var u UsageError
	var told Told
	switch {
	case err == nil:
		return Passed
	case errors.Is(err, runner.ErrStuck):
		return Broken
	case errors.Is(err, runner.ErrInterrupted):
		return Interrupted
	case errors.As(err, &told):
		return told.Code
	case errors.As(err, &v):
		return verdictCode(v)
	case errors.As(err, &u):
		return Usage
	}
	return CannotRun
}

func verdictCode(v verdictError) int {
	switch {
	case v.outcome == runner.Interrupted:
		return Interrupted
	case v.outcome == runner.Errored:
		return CannotRun
	case v.verdict == drill.Pass:
		return Passed
	case v.verdict == drill.Fail:
		return Missed
	}
	return Inconclusive
}

// order is from the worst code of a suite to the best: what is broken must be
// mended first; a missed objective is a fact, what could not be asked is not.
var order = []int{Broken, Interrupted, Missed, CannotRun, Usage, Inconclusive, Passed}

// Worst is the code of what ended with several; of none it is a pass.
func Worst(codes ...int) int {
	worst := len(order) - 1
	for _, c := range codes {
		if i := slices.Index(order, c); i >= 0 {
			worst = min(worst, i)
		}
	}
	return order[worst]
}

// Verdict is nil for a pass.
func Verdict(rec drill.Record) error {
	if rec.Verdict == drill.Pass && rec.Outcome == runner.Completed {
		return nil
	}
	return verdictError{rec.Verdict, rec.Outcome}
}
