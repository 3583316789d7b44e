package faults

import (
	"context"
	"time"

	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

// ExternalName is the kind whose damage is done by somebody else.
const ExternalName = "external"

var external = Kind{
	Name:    ExternalName,
	Summary: "Somebody else breaks something: a window in which an outage is looked for.",
	Doc: `For game days: people, or another tool, do the damage and mend it. drillctl opens a
window, loads and measures; what it calls the instant of the damage (t_inj) is then
the start of the first outage that clients see in the window, and reports say so.
A window without any outage is inconclusive: nothing was broken, or nobody
noticed, and drillctl cannot tell which. Shares, like availability, count from
the opening of the window.

on is optional, and only takes region: the region that goes away by it.`,
	Outside: true,
	Leased:  true,
	Fits: func(in runtimes.Instance) error {
		if in == nil {
			return runtimes.ErrNoInstance
		}
		return nil
	},
	New: func() Fault { return &External{} },
}

// External is a window for the damage of others.
type External struct{}

// Arm implements Fault.
func (f *External) Arm(_ context.Context, on []Target) (Armed, error) {
	if len(on) == 0 {
		return nil, runtimes.ErrNoInstance
	}
	return window{on[0].Instance.Node().Name}, nil
}

// Undo implements Fault: what others did is theirs to take back.
func (f *External) Undo(context.Context, runtimes.Instance) error { return nil }

type window struct{ name string }

func (w window) Fire(context.Context) (map[string]time.Duration, error) { return w.now(), nil }

func (w window) Revert(context.Context) (map[string]time.Duration, error) { return w.now(), nil }

func (w window) now() map[string]time.Duration { return map[string]time.Duration{w.name: mono.Now()} }

func (w window) Verify(_ context.Context, want bool) ([]Evidence, error) {
	text := "the window is closed; whoever did the damage has to say that it is gone"
	if want {
		text = "the window is open; the damage is done by others"
	}
	return []Evidence{{Instance: w.name, How: "window", OK: true, Text: text, At: mono.Now()}}, nil
}

func (w window) Close() error { return nil }
