package faults

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

var powerLoss = Kind{
	Name:    "power-loss",
	Summary: "End every process of the targets at one instant and keep them down.",
	Doc: `All main processes get SIGKILL in one tight loop, no supervisor starts them again,
and what was not on disk is gone. When the fault ends they are started as they
were. Verified by the runtime's state and by connections that nobody answers.`,
	Excludes: []string{"kill", "stop", "pause", "crash", "restart", "oom", "certificate", "config-push", "corrupt-backup", "rotate-keys"},
	Fits:     needs[runtimes.Killer]("kill"),
	New:      func() Fault { return &PowerLoss{} },
}

// PowerLoss ends a whole region.
type PowerLoss struct{}

// Arm implements Fault.
func (f *PowerLoss) Arm(ctx context.Context, on []Target) (Armed, error) {
	return armActs(ctx, &acted{on: on, undo: startAgain, down: isDown, all: cutPower})
}

// cutPower uses the switches of the targets' runtimes, all at once, and kills in
// parallel what has none.
func cutPower(ctx context.Context, on []Target) (map[string]time.Duration, error) {
	names := map[runtimes.PowerCutter][]string{}
	var without []Target
	for _, t := range on {
		if t.Power == nil {
			without = append(without, t)
			continue
		}
		names[t.Power] = append(names[t.Power], t.Instance.Node().Name)
	}
	all := map[string]time.Duration{}
	var errs error
	var mu sync.Mutex
	var wg sync.WaitGroup
	keep := func(at map[string]time.Duration, err error) {
		mu.Lock()
		defer mu.Unlock()
		maps.Copy(all, at)
		errs = errors.Join(errs, err)
	}
	for c, these := range names {
		wg.Go(func() { keep(c.CutPower(ctx, these)) })
	}
	wg.Go(func() {
		keep(each(ctx, without, func(ctx context.Context, in runtimes.Instance) (time.Duration, error) {
			return in.(runtimes.Killer).Kill(ctx)
		}))
	})
	wg.Wait()
	return all, errs
}

// Undo implements Fault.
func (f *PowerLoss) Undo(ctx context.Context, in runtimes.Instance) error {
	_, err := startAgain(ctx, in)
	return err
}
