package cmd

import (
	"errors"
	"fmt"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner"
)

// The exit codes: one table, also in the help.
const (
	exitPassed       = 0
	exitMissed       = 1
	exitUsage        = 2
	exitInconclusive = 3
	exitCannotRun    = 4
	exitBroken       = 5
	exitInterrupted  = 130
)

const exitTable = `Exit codes:
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

// A usageError is the user's to mend.
type usageError struct {
	err  error
	hint string
}

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// A toldError has been shown already; only its code is left to say.
type toldError struct{ code int }

func (e toldError) Error() string { return fmt.Sprintf("exit %d", e.code) }

func usagef(hint, format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...), hint}
}

// exitCode is the only place where verdicts and errors become numbers.
func exitCode(err error) int {
	var v verdictError
	var u usageError
	var told toldError
	switch {
	case err == nil:
		return exitPassed
	case errors.Is(err, runner.ErrStuck):
		return exitBroken
	case errors.Is(err, runner.ErrInterrupted):
		return exitInterrupted
	case errors.As(err, &told):
		return told.code
	case errors.As(err, &v):
		return verdictCode(v)
	case errors.As(err, &u):
		return exitUsage
	}
	return exitCannotRun
}

func verdictCode(v verdictError) int {
	switch {
	case v.outcome == runner.Interrupted:
		return exitInterrupted
	case v.outcome == runner.Errored:
		return exitCannotRun
	case v.verdict == drill.Pass:
		return exitPassed
	case v.verdict == drill.Fail:
		return exitMissed
	}
	return exitInconclusive
}
