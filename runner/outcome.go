package runner

import (
	"errors"

	"github.com/drillctl/drillctl/drill"
)

// An outcome says how the drill ended and why.
type outcome struct {
	name string // completed, precondition, no-effect, aborted, interrupted, error
	why  string
}

// The outcomes of a drill.
const (
	Completed    = "completed"
	Precondition = "precondition"
	NoEffect     = "no-effect"
	Aborted      = "aborted"
	Interrupted  = "interrupted"
	Errored      = "error"
	Unfinished   = "unfinished" // drillctl died
)

func outcomeOf(cause error) outcome {
	var a abortError
	switch {
	case errors.As(cause, &a):
		return outcome{Aborted, a.Error()}
	case errors.Is(cause, errLoadDied):
		return outcome{Aborted, cause.Error()}
	case errors.Is(cause, errNotConfirmed):
		return outcome{Aborted, cause.Error()}
	case errors.Is(cause, ErrInterrupted):
		return outcome{Interrupted, "the operator ended the drill; everything was taken back"}
	case errors.Is(cause, errNoEffect):
		return outcome{NoEffect, cause.Error()}
	}
	return outcome{Errored, cause.Error()}
}

func (d *run) tellOutcome(out outcome) {
	switch out.name {
	case Aborted:
		d.rec.emit(drill.Event{At: d.now(), Kind: drill.KindAbort, Note: out.why})
	case Interrupted:
		d.rec.emit(drill.Event{At: d.now(), Kind: drill.KindInterrupt, Note: out.why})
	}
}
