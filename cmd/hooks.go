package cmd

import (
	"context"
	"fmt"
	"slices"

	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/scenarios"
)

// A hook is told of every run: an index, a messenger. Each of its functions may
// be nil. What goes wrong in one is said on stderr and never changes a verdict.
type hook struct {
	name string
	// before comes when the attempt is registered and nothing has been touched.
	before func(context.Context, hookRun) error
	// event comes with each event of the drill as it happens, from the goroutine
	// that measures: it must not block.
	event func(hookRun, drill.Event)
	// after comes when all files of the run are written, still under the run's
	// lock. A run that never got as far as a record has its head instead, with
	// outcome "error" and the reason. The context outlives an interrupt.
	// What it adds to the record is in the reports.
	after func(context.Context, hookRun, *drill.Record) error
}

// A hookRun is the run that a hook is told of.
type hookRun struct {
	Dir      rundir.Dir
	Head     drill.Record // who, what, where; nothing measured yet
	Scenario *scenarios.Scenario
	Spec     drill.Spec // what is to be done, with the targets picked
	Trial    int        // counts from 1
	Trials   int        // of this scenario
}

// hooksOf lists the hooks of a command, in the order in which they are told.
// A messenger that is configured wrong is told before anything starts.
func hooksOf(_ terminal.Env, set *settings) ([]hook, error) {
	notify, err := notifyHooks(set)
	return slices.Concat([]hook{historyHook()}, notify, []hook{sealHook(set)}), err
}

// hooked are the hooks of one run.
type hooked struct {
	hooks []hook
	env   terminal.Env
	run   hookRun
}

func (h hooked) complain(name string, err error) {
	if err != nil {
		fmt.Fprintf(h.env.Err, "drillctl: warning: %s: %v\n", name, err)
	}
}

func (h hooked) before(ctx context.Context) {
	for _, k := range h.hooks {
		if k.before != nil {
			h.complain(k.name, k.before(ctx, h.run))
		}
	}
}

func (h hooked) event(e drill.Event) {
	for _, k := range h.hooks {
		if k.event != nil {
			k.event(h.run, e)
		}
	}
}

// after returns the record with what the hooks added to it.
func (h hooked) after(ctx context.Context, rec drill.Record, err error) drill.Record {
	if rec.Schema == "" { // the engine never came to its end
		rec = h.run.Head
		rec.Schema, rec.Outcome = drill.RecordSchema, runner.Errored
		if err != nil {
			rec.Reason = err.Error()
		}
	}
	for _, k := range h.hooks {
		if k.after != nil {
			h.complain(k.name, k.after(context.WithoutCancel(ctx), h.run, &rec))
		}
	}
	return rec
}
