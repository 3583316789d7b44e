package runner

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/runtimes"
)

// A world is a scripted system under test: when its fault is in force, it is
// down for outage and has lost the newest lose writes.
type world struct {
	mu      sync.Mutex
	began   time.Time
	hitAt   time.Duration // since the world began
	outage  time.Duration
	lose    time.Duration // age of the oldest write lost at the hit
	sick    bool
	mute    bool // no request is ever answered
	unread  bool // the final reads fail
	inForce bool
	everHit bool
	written []written
}

type written struct {
	id uint64
	at time.Duration
}

func newWorld() *world { return &world{began: time.Now()} }

func (w *world) now() time.Duration { return time.Since(w.began) }

func (w *world) hit() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inForce, w.everHit, w.hitAt = true, true, w.now()
	return w.hitAt
}

func (w *world) heal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inForce = false
}

func (w *world) up(at time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.sick && !(w.everHit && at >= w.hitAt && at < w.hitAt+w.outage)
}

// worldLoad sends a request to the world on every slot of an exact grid.
type worldLoad struct {
	w           *world
	read, write time.Duration // spacing
	stop        context.CancelFunc
	wg          sync.WaitGroup
	startErr    error
	late        time.Duration // after each slot
}

const latency = time.Millisecond

// phase keeps the grid apart from the instants of the script: which of two things
// at one instant comes first is chance.
const phase = readSlot / 2

func (l *worldLoad) Start(ctx context.Context, origin time.Duration, sink Sink) error {
	if l.startErr != nil {
		return l.startErr
	}
	ctx, l.stop = context.WithCancel(ctx)
	l.wg.Go(func() { l.route(ctx, drill.Read, l.read, origin, sink) })
	if l.write > 0 {
		l.wg.Go(func() { l.route(ctx, drill.Write, l.write, origin, sink) })
	}
	return nil
}

func (l *worldLoad) route(ctx context.Context, route drill.Route, every, origin time.Duration, sink Sink) {
	time.Sleep(phase)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for slot := uint64(1); ; slot++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		at := l.w.now()
		if l.w.mute {
			continue
		}
		s := drill.Sample{Route: route, Slot: slot, Intended: at - origin, Start: at - origin + l.late, End: at - origin + l.late + latency, Class: drill.Refused}
		if route == drill.Write {
			s.ID, s.Ack = slot, drill.Rejected
		}
		if l.w.up(at) {
			s.Class, s.Status, s.Region, s.Instance = drill.OK, 200, "a", "a-gateway-1"
			if route == drill.Write {
				s.Ack, s.Epoch, s.Leader = drill.Acked, 1, "a"
				l.w.mu.Lock()
				l.w.written = append(l.w.written, written{slot, at + latency})
				l.w.mu.Unlock()
			}
		}
		sink.Samples([]drill.Sample{s})
	}
}

func (l *worldLoad) Stop(context.Context) error {
	if l.stop != nil {
		l.stop()
		l.wg.Wait()
	}
	return nil
}

func (l *worldLoad) FinalRead(_ context.Context, when string, sources ...string) ([]drill.FinalRead, error) {
	if l.w.unread {
		return nil, errors.New("nobody answers")
	}
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	var ranges [][2]uint64
	for _, wr := range l.w.written {
		lost := l.w.everHit && wr.at <= l.w.hitAt && wr.at >= l.w.hitAt-l.w.lose && l.w.lose > 0
		if !lost {
			ranges = append(ranges, [2]uint64{wr.id, wr.id})
		}
	}
	if len(sources) == 0 {
		sources = []string{"gateway", "a", "b"}
	}
	var out []drill.FinalRead
	for _, source := range sources {
		for round := 1; round <= 2; round++ {
			out = append(out, drill.FinalRead{When: when, Source: source, Round: round, At: time.Since(l.w.began), Ranges: ranges, Stable: round == 2})
		}
	}
	return out, nil
}

// worldFault is a fault on the world, with an accident at a chosen point.
type worldFault struct {
	w        *world
	accident map[string]func() error // by point: arm, fire, verify, revert, undo
}

func (f *worldFault) at(point string) error {
	if a := f.accident[point]; a != nil {
		return a()
	}
	return nil
}

func (f *worldFault) Arm(_ context.Context, on []faults.Target) (faults.Armed, error) {
	return &worldArmed{f: f, on: on}, f.at("arm")
}

func (f *worldFault) Undo(context.Context, runtimes.Instance) error {
	f.w.heal()
	return f.at("undo")
}

func (f *worldFault) MarshalJSON() ([]byte, error) { return []byte("{}"), nil }

type worldArmed struct {
	f  *worldFault
	on []faults.Target
}

func (a *worldArmed) stamps(at time.Duration) map[string]time.Duration {
	out := map[string]time.Duration{}
	for _, t := range a.on {
		out[t.Instance.Node().Name] = at
	}
	return out
}

func (a *worldArmed) Fire(context.Context) (map[string]time.Duration, error) {
	if err := a.f.at("fire-before"); err != nil {
		return nil, err
	}
	at := a.f.w.hit()
	return a.stamps(at), a.f.at("fire")
}

func (a *worldArmed) Verify(_ context.Context, want bool) ([]faults.Evidence, error) {
	a.f.w.mu.Lock()
	is := a.f.w.inForce
	a.f.w.mu.Unlock()
	var out []faults.Evidence
	for _, t := range a.on {
		out = append(out, faults.Evidence{Instance: t.Instance.Node().Name, How: "data-path", OK: is == want, Text: "looked"})
	}
	if want {
		return out, a.f.at("verify")
	}
	return out, nil
}

func (a *worldArmed) Revert(context.Context) (map[string]time.Duration, error) {
	a.f.w.heal()
	return a.stamps(a.f.w.now()), a.f.at("revert")
}

func (a *worldArmed) Close() error { a.f.w.heal(); return nil }

func testDir(t *testing.T) rundir.Dir {
	t.Helper()
	dir, err := rundir.Create(t.TempDir(), "20260101T000000-test-0001")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
