package runner

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/runtimes"
)

// Errors that decide the exit code.
var (
	// ErrStuck means that damage could not be taken back.
	ErrStuck = errors.New("something was left broken")
	// ErrInterrupted is the cause with which the operator cancels a drill.
	ErrInterrupted = errors.New("interrupted")
	// ErrCannotRun means that the drill could not be carried out, and that
	// nothing was injected.
	ErrCannotRun = errors.New("could not run")
)

// A Load drives traffic and reads the ledger back when it is over.
type Load interface {
	// Start begins the load and returns once the first request is due; samples
	// go to sink until Stop. Times in samples count from origin, a mono instant.
	Start(ctx context.Context, origin time.Duration, sink Sink) error
	// FinalRead reads the whole ledger from the sources, "gateway" or regions, or
	// from all when none is named, until each agrees with itself twice, or says
	// which one did not. While the load goes on it is about what was written before.
	FinalRead(ctx context.Context, when string, sources ...string) ([]drill.FinalRead, error)
	// Stop ends the load and waits for what is in flight. Safe to repeat.
	Stop(ctx context.Context) error
}

// A Sink takes what the load measured. It must not block for long.
type Sink interface {
	Samples(batch []drill.Sample)
}

// An Observer watches the system and tells what it sees until ctx ends. Events
// carry their own times; mono instants become times of the drill by subtracting
// origin.
type Observer interface {
	Observe(ctx context.Context, origin time.Duration, emit func(drill.Event)) error
}

// Options are what a drill needs. All fields without "optional" must be set.
type Options struct {
	Dir     rundir.Dir
	Plan    Plan
	Runtime runtimes.Runtime
	Load    Load
	// Operator is asked what the plan wants confirmed; optional unless Plan.Asks.
	Operator Operator
	// Host is the machine on which drillctl runs, for damage that is done
	// outside of the system; optional when no step does any.
	Host runtimes.Instance
	// Observers watch beside the load; optional.
	Observers []Observer
	// Record is the head of the record: who, what, where. The engine fills in
	// the rest.
	Record drill.Record
	// Now reads the clock of the machine under test (mono.Now).
	Now    func() time.Duration
	Logger *slog.Logger
	// OnState and OnEvent tell whoever watches; optional.
	OnState func(State)
	OnEvent func(drill.Event)
	// Scrub takes what must not be told out of a text; optional. Whatever comes
	// back from programs and from the system goes through it.
	Scrub func(string) string
	// Limits of waiting; zero means the default.
	Limits Limits
}

// Limits bound every wait that is not the scenario's own.
type Limits struct {
	Warmup time.Duration // for the system to become steady: 30 s
	Arm    time.Duration // for all faults to be ready: 15 s
	Prove  time.Duration // for a fault to show its effect: 5 s
	Undo   time.Duration // for damage to be taken back and gone: 30 s
	Reads  time.Duration // for the final reads: 30 s
}

func (l Limits) orDefault() Limits {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&l.Warmup, 30*time.Second)
	def(&l.Arm, 15*time.Second)
	def(&l.Prove, 5*time.Second)
	def(&l.Undo, 30*time.Second)
	def(&l.Reads, 30*time.Second)
	return l
}

// scrub is Scrub, if there is one.
func (o Options) scrub(text string) string {
	if o.Scrub == nil || text == "" {
		return text
	}
	return o.Scrub(text)
}
