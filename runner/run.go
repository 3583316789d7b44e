// Package runner carries out drills: it raises nothing, but takes a system that
// runs and a plan, does the plan's damage to it while observers watch, and takes the
// damage back whatever happens. It has package drill judge what was seen, then and
// from the run's directory at any time.
package runner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/drill/samples"
	"github.com/drillctl/drillctl/runner/journal"
	"github.com/drillctl/drillctl/runner/rundir"
)

// A run is one drill on its way.
type run struct {
	opts   Options
	plan   Plan
	limits Limits
	origin time.Duration // mono instant of At = 0
	rec    *recorder
	live   *counters
	jrn    *journal.Journal

	mu      sync.Mutex
	current string
	began   map[string]time.Duration
	force   map[string]bool
	stuck   []string
	finals  []drill.FinalRead
}

// Run carries out the drill and returns its record, judged and written to the
// run directory. When it returns, either everything was taken back or the error
// wraps ErrStuck and the record lists what was not. An operator's interrupt and
// an abort are outcomes in the record, not errors.
func Run(ctx context.Context, opts Options) (drill.Record, error) {
	d := &run{opts: opts, plan: opts.Plan, limits: opts.Limits.orDefault(), began: map[string]time.Duration{}, force: map[string]bool{}}
	if d.opts.OnState == nil {
		d.opts.OnState = func(State) {}
	}
	log, finals, outcome, err := d.carryOut(ctx)
	rec, finishErr := d.finish(log, finals, outcome)
	return rec, errors.Join(err, finishErr)
}

func (d *run) carryOut(ctx context.Context) (drill.Log, []drill.FinalRead, outcome, error) {
	events, err := os.Create(d.opts.Dir.Path(rundir.Events))
	if err != nil {
		return drill.Log{}, nil, outcome{Errored, err.Error()}, fmt.Errorf("%w: event log: %w", ErrCannotRun, err)
	}
	defer events.Close()
	file, err := os.Create(d.opts.Dir.Path(rundir.Samples))
	if err != nil {
		return drill.Log{}, nil, outcome{Errored, err.Error()}, fmt.Errorf("%w: samples: %w", ErrCannotRun, err)
	}
	defer file.Close()
	if d.jrn, err = journal.Open(d.opts.Dir.Path(rundir.Journal)); err != nil {
		return drill.Log{}, nil, outcome{Errored, err.Error()}, fmt.Errorf("%w: %w", ErrCannotRun, err)
	}
	defer d.jrn.Close()

	wall := time.Now()
	d.origin = d.opts.Now()
	d.opts.Record.Began = wall.UTC()
	if err := Register(d.opts.Dir, d.plan, d.opts.Record); err != nil {
		return drill.Log{}, nil, outcome{Errored, err.Error()}, fmt.Errorf("%w: %w", ErrCannotRun, err)
	}
	sw, err := samples.NewWriter(file, samples.Header{Began: wall, Timeout: d.plan.Spec.Load.Timeout})
	if err != nil {
		return drill.Log{}, nil, outcome{Errored, err.Error()}, fmt.Errorf("%w: samples: %w", ErrCannotRun, err)
	}
	d.live = newCounters(d.plan.Spec.Load.Deadline)
	d.rec = newRecorder(events, sw, d.live)
	d.rec.scrub = d.opts.Scrub
	d.rec.onEvent = d.opts.OnEvent

	finals, out, err := d.phases(ctx)
	log, closeErr := d.rec.close(wall.UTC())
	return log, finals, out, errors.Join(err, closeErr)
}
