package fake

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

// An Act names a method of a runtime or an instance.
type Act string

// The acts that can be scripted and are recorded.
const (
	List    Act = "list"
	Reopen  Act = "reopen"
	Start   Act = "start" // of the system and of one instance
	Status  Act = "status"
	Kill    Act = "kill"
	Crash   Act = "crash"
	Stop    Act = "stop"
	Pause   Act = "pause"
	Unpause Act = "unpause"
	Cut     Act = "cut"
	Logs    Act = "logs"
	Run     Act = "run"
	Dial    Act = "dial"
)

// An Outcome is what becomes of one call: it takes Delay (or until ctx ends),
// then returns Err without doing anything if Err is not nil.
type Outcome struct {
	Delay time.Duration
	Err   error
	// Did makes an act that returns Err take effect all the same.
	Did bool
	// Always makes this the outcome of all later calls too.
	Always bool
}

// A Call is one call, recorded when it returned.
type Call struct {
	At       time.Duration // by Runtime.Now, when it took effect
	Instance string        // "" for acts on the runtime
	Act      Act
	Detail   string // e.g. the signal or the arguments
	Err      error
}

type key struct {
	instance string
	act      Act
}

// Script queues outcomes for the next calls of act on an instance ("" for the
// runtime's own). Calls beyond the script succeed at once.
func (r *Runtime) Script(instance string, act Act, outcomes ...Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := key{instance, act}
	r.scripts[k] = append(r.scripts[k], outcomes...)
}

// Calls returns the calls so far, in order, of the given acts or of all.
func (r *Runtime) Calls(acts ...Act) []Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	var some []Call
	for _, c := range r.calls {
		if len(acts) == 0 || slices.Contains(acts, c.Act) {
			some = append(some, c)
		}
	}
	return some
}

// begin plays the script of one call and records it. An error means that the
// act is not to be done.
func (r *Runtime) begin(ctx context.Context, instance string, act Act, detail string) error {
	out := r.next(key{instance, act})
	err := mono.Sleep(ctx, out.Delay)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err != nil:
	case r.closed:
		err = fmt.Errorf("the fake runtime is closed: %w", runtimes.ErrGone)
	case instance != "" && act != Start && act != Reopen && act != Dial && r.instances[instance] == nil:
		err = fmt.Errorf("%s: %w", instance, runtimes.ErrGone)
	case out.Err != nil:
		err = &scripted{out.Err, out.Did}
	}
	r.calls = append(r.calls, Call{At: r.Now(), Instance: instance, Act: act, Detail: detail, Err: err})
	return err
}

func (r *Runtime) next(k key) Outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	queue := r.scripts[k]
	if len(queue) == 0 {
		return Outcome{}
	}
	if !queue[0].Always {
		r.scripts[k] = queue[1:]
	}
	return queue[0]
}

// A scripted error comes from a script.
type scripted struct {
	error
	did bool
}

func (e *scripted) Unwrap() error { return e.error }
