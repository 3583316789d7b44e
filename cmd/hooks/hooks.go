// Package hooks are told of every run: the index, people, and the evidence.
package hooks

import (
	"context"
	"fmt"
	"slices"

	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/scenarios"
)

// A Hook is told of every run: an index, a messenger. Each of its functions may
// be nil. What goes wrong in one is said on stderr and never changes a verdict.
type Hook struct {
	Name string
	// Before comes when the attempt is registered and nothing has been touched.
	Before func(context.Context, Run) error
	// Event comes with each event of the drill as it happens, from the goroutine
	// that measures: it must not block.
	Event func(Run, drill.Event)
	// After comes when all files of the run are written, still under the run's
	// lock. A run that never got as far as a record has its head instead, with
	// outcome "error" and the reason. The context outlives an interrupt.
	// What it adds to the record is in the reports.
	After func(context.Context, Run, *drill.Record) error
}

// A Run is the run that a hook is told of.
type Run struct {
	Dir      rundir.Dir
	Head     drill.Record // who, what, where; nothing measured yet
	Scenario *scenarios.Scenario
	Spec     drill.Spec // what is to be done, with the targets picked
	Trial    int        // counts from 1
	Trials   int        // of this scenario
}

// All lists the hooks of a command, in the order in which they are told.
// A messenger that is configured wrong is told before anything starts.
func All(set *settings.Settings) ([]Hook, error) {
	notify, err := Notify(set)
	return slices.Concat([]Hook{historyHook()}, notify, []Hook{sealHook(set)}), err
}

// Told are the hooks of one run.
type Told struct {
	Hooks []Hook
	Env   terminal.Env
	Run   Run
}

func (h Told) complain(name string, err error) {
	if err != nil {
		fmt.Fprintf(h.Env.Err, "drillctl: warning: %s: %v\n", name, err)
	}
}

// Before is for when the attempt is registered.
func (h Told) Before(ctx context.Context) {
	for _, k := range h.Hooks {
		if k.Before != nil {
			h.complain(k.Name, k.Before(ctx, h.Run))
		}
	}
}

// Event is for an event as it happens.
func (h Told) Event(e drill.Event) {
	for _, k := range h.Hooks {
		if k.Event != nil {
			k.Event(h.Run, e)
		}
	}
}

// After returns the record with what the hooks added to it.
func (h Told) After(ctx context.Context, rec drill.Record, err error) drill.Record {
	if rec.Schema == "" { // the engine never came to its end
		rec = h.Run.Head
		rec.Schema, rec.Outcome = drill.RecordSchema, runner.Errored
		if err != nil {
			rec.Reason = err.Error()
		}
	}
	for _, k := range h.Hooks {
		if k.After != nil {
			h.complain(k.Name, k.After(context.WithoutCancel(ctx), h.Run, &rec))
		}
	}
	return rec
}
