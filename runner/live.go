package runner

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// A State is what the drill looks like at one moment, for whoever watches.
type State struct {
	Phase    string
	Elapsed  time.Duration // since the load began
	Total    time.Duration // when the drill should be over, 0 if unknown
	Rate     float64       // requests answered or failed per second
	Success  float64       // ratio, -1 when nothing was seen
	P99      time.Duration // of good requests
	ByRegion map[string]int
	Faults   []string // in force
}

const liveEvery = 250 * time.Millisecond

// watch tells onState how the drill looks until ctx ends. Figures are of the
// last whole second that has come in: requests still in flight are not in it.
func (d *run) watch(ctx context.Context) {
	tick := time.NewTicker(liveEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			d.opts.OnState(d.state())
		}
	}
}

func (d *run) state() State {
	now := d.now()
	to := (now - bucketLen).Truncate(bucketLen)
	t := d.live.between(to-time.Second, to)
	s := State{Phase: d.phase(), Elapsed: now, Total: d.expectedEnd(), Rate: float64(t.good + t.bad), Success: -1, P99: t.p99, ByRegion: t.byRegion, Faults: d.inForce()}
	if t.good+t.bad > 0 {
		s.Success = t.success()
	}
	return s
}

func (d *run) phase() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.current
}

func (d *run) enter(phase string, at time.Duration) {
	d.mu.Lock()
	d.current = phase
	d.began[phase] = at
	d.mu.Unlock()
	d.rec.emit(drill.Event{At: at, Kind: drill.KindPhase, Subject: phase})
}

func (d *run) setForce(text string, on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if on {
		d.force[text] = true
	} else {
		delete(d.force, text)
	}
}

func (d *run) inForce() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(maps.Keys(d.force))
}

// expectedEnd is known once the steady phase has begun.
func (d *run) expectedEnd() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	at, ok := d.began[drill.PhaseSteady]
	if !ok {
		return 0
	}
	return at + d.plan.Length()
}
