package pace_test

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/drillctl/drillctl/runner/load/pace"
)

const ms = time.Millisecond

func TestPaceWaitsForTheGridAndSkipsWhatIsMissed(t *testing.T) {
	tests := []struct {
		name  string
		every time.Duration
		calls []time.Duration // when Pace is called
		waits []time.Duration
		slots []uint64
		want  pace.Counts
	}{
		{"ahead of the first slot", 10 * ms, []time.Duration{90 * ms}, []time.Duration{10 * ms}, []uint64{0}, pace.Counts{Planned: 1, Sent: 1}},
		{"slot after slot", 10 * ms, []time.Duration{95 * ms, 100 * ms, 111 * ms}, []time.Duration{5 * ms, 10 * ms, 9 * ms}, []uint64{0, 1, 2}, pace.Counts{Planned: 3, Sent: 3}},
		{"late within the interval is sent at once", 10 * ms, []time.Duration{100 * ms, 116 * ms}, []time.Duration{0, -6 * ms}, []uint64{0, 1}, pace.Counts{Planned: 2, Sent: 2}},
		{"a stall is a gap, not a burst", 10 * ms, []time.Duration{100 * ms, 3105 * ms, 3105 * ms, 3111 * ms}, []time.Duration{0, -5 * ms, 5 * ms, 9 * ms}, []uint64{0, 300, 301, 302}, pace.Counts{Planned: 303, Sent: 4, Skipped: 299}},
		{"slow grid: more than 50 ms late is missed", time.Second, []time.Duration{100 * ms, 1160 * ms}, []time.Duration{0, 940 * ms}, []uint64{0, 2}, pace.Counts{Planned: 3, Sent: 2, Skipped: 1}},
		{"fast grid: timer slack of 2 ms is not missed", ms / 10, []time.Duration{100 * ms, 101 * ms, 101 * ms}, []time.Duration{0, -9 * ms / 10, -8 * ms / 10}, []uint64{0, 1, 2}, pace.Counts{Planned: 3, Sent: 3}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var now time.Duration
			p := pace.New(pace.Grid{T0: 100 * ms, Every: tt.every}, func() time.Duration { return now })
			for i, at := range tt.calls {
				now = at
				wait, stop := p.Pace(0, 0)
				if wait != tt.waits[i] || stop {
					t.Errorf("Pace at %v = %v, %v, want %v", at, wait, stop, tt.waits[i])
				}
				if slot, ok := p.Take(); !ok || slot != tt.slots[i] {
					t.Errorf("slot at %v is %d (%v), want %d", at, slot, ok, tt.slots[i])
				}
			}
			if got := p.Counts(); got != tt.want {
				t.Errorf("counts %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestStopEndsTheGrid(t *testing.T) {
	p := pace.New(pace.NewGrid(10, 0), func() time.Duration { return 0 })
	p.Pace(0, 0)
	p.Stop()
	p.Stop()
	if _, ok := p.Take(); ok {
		t.Error("a slot was given out after Stop")
	}
	if _, stop := p.Pace(0, 0); !stop {
		t.Error("Pace does not stop vegeta")
	}
}

// A hit is one request as the transport saw it.
type hit struct {
	slot  uint64
	start time.Duration
}

// A transport answers after a delay of virtual or real time.
type transport struct {
	now   func() time.Duration
	delay func(at time.Duration) time.Duration
	mu    sync.Mutex
	hits  []hit
}

func (tr *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	at := tr.now()
	slot, err := strconv.ParseUint(req.Header.Get("Slot"), 10, 64)
	if err != nil {
		return nil, err
	}
	tr.mu.Lock()
	tr.hits = append(tr.hits, hit{slot, at})
	tr.mu.Unlock()
	time.Sleep(tr.delay(at))
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(""))}, nil
}

// attack drives vegeta with our pacer for a while.
func attack(tr *transport, p *pace.Pacer, workers uint64, length time.Duration) {
	a := vegeta.NewAttacker(vegeta.Client(&http.Client{Transport: tr}), vegeta.MaxWorkers(workers))
	results := a.Attack(func(t *vegeta.Target) error {
		slot, ok := p.Take()
		if !ok {
			return errors.New("stopped")
		}
		*t = vegeta.Target{Method: "GET", URL: "http://x/", Header: http.Header{"Slot": {strconv.FormatUint(slot, 10)}}}
		return nil
	}, p, 0, "")
	time.AfterFunc(length, func() { p.Stop(); a.Stop() })
	for range results {
	}
}

// check proves the hand-off: no slot twice, none before it is due.
func check(t *testing.T, g pace.Grid, hits []hit) {
	t.Helper()
	seen := map[uint64]bool{}
	for _, h := range hits {
		if seen[h.slot] {
			t.Errorf("slot %d was sent twice", h.slot)
		}
		seen[h.slot] = true
		if h.start < g.At(h.slot) {
			t.Errorf("slot %d started at %v, %v before it was due", h.slot, h.start, g.At(h.slot)-h.start)
		}
	}
}

func TestVegetaKeepsTheGridThroughAStall(t *testing.T) {
	tests := []struct {
		name        string
		workers     uint64
		sent        int // of 100 in 10 s
		maxLateness time.Duration
	}{
		{"enough workers: every slot on time", 1000, 100, 0},
		// Four workers hang from 4 s to 7 s; the fifth hit of the stall waits for one.
		{"four workers: slots are skipped", 4, 75, 3 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				now := func() time.Duration { return time.Since(began) }
				tr := &transport{now: now, delay: func(at time.Duration) time.Duration {
					if end := 7020 * ms; at >= 4*time.Second && at < end {
						return end - at
					}
					return ms
				}}
				g := pace.Grid{T0: 50 * ms, Every: 100 * ms}
				p := pace.New(g, now)
				attack(tr, p, tt.workers, 10*time.Second)

				check(t, g, tr.hits)
				if len(tr.hits) != tt.sent {
					t.Errorf("%d hits, want %d", len(tr.hits), tt.sent)
				}
				if c := p.Counts(); c.Planned != 100 || int(c.Sent) != tt.sent || c.Sent+c.Skipped != c.Planned {
					t.Errorf("counts %+v, want %d of 100 sent", c, tt.sent)
				}
				perSecond := map[time.Duration]int{}
				for _, h := range tr.hits {
					perSecond[h.start.Truncate(time.Second)]++
					if late := h.start - g.At(h.slot); late > tt.maxLateness {
						t.Errorf("slot %d is %v late", h.slot, late)
					}
				}
				for s, n := range perSecond {
					if n > 11 {
						t.Errorf("%d hits in second %v: a burst", n, s)
					}
				}
			})
		})
	}
}

func TestHandOffUnderRealConcurrency(t *testing.T) {
	began := time.Now()
	now := func() time.Duration { return time.Since(began) }
	var n int
	var mu sync.Mutex
	tr := &transport{now: now, delay: func(time.Duration) time.Duration {
		mu.Lock()
		defer mu.Unlock()
		n++
		return time.Duration(n%7) * ms
	}}
	g := pace.NewGrid(5000, 10*ms)
	p := pace.New(g, now)
	attack(tr, p, 200, 500*ms)
	check(t, g, tr.hits)
	c := p.Counts()
	if len(tr.hits) != int(c.Sent) || c.Sent < 100 {
		t.Errorf("%d hits, counts %+v", len(tr.hits), c)
	}
	last := slices.MaxFunc(tr.hits, func(a, b hit) int { return int(a.slot) - int(b.slot) })
	if c.Planned < last.slot+1 {
		t.Errorf("%d planned, but slot %d was sent", c.Planned, last.slot)
	}
}
