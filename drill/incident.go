package drill

import (
	"math"
	"time"
)

// A watch is the state machine of measuring.md 1.5 rule 5 over the requests of
// one route, or of all together, fed by intended start.
//
// It enters DOWN when the window holds at least MinBad bad requests that are at
// least the share Down of it, backdated to the first of them. A DOWN episode
// ends at the first good start from which, for a whole window, the share stays
// below Down; the incident ends (t_R) at the first good start from which, for
// the whole hold, it stays below Down, is no more than Up explains (see exceeds),
// and good throughput is at least the capacity floor (see doubtHoles for slots that
// were skipped). Within these stretches only their own requests count. The latency
// condition is in "good" already. A window without any request proves nothing: the
// stretches begin anew after it.
type watch struct {
	spec  Spec
	route string
	rate  float64
	step  time.Duration // distance of two slots, 0 if the route is not used
	base  time.Duration // L: high quantile of the baseline's latency
	win   window

	last    time.Duration // newest request
	n       uint64
	lastBad time.Duration
	blip    blip

	down bool // inside an incident
	ep   bool // inside an episode of it
	cur  open
	done []open
}

// watches are those of all routes.
type watches [numCritical]*watch

// An open incident has all but L.
type open struct {
	inc     Incident
	rise    rise
	since   tally // all requests since the incident began
	calm    run   // below Down: ends an episode
	held    run   // at most Up: ends the incident
	loose   run   // as held, but measured against a whole window: for the lower bound
	nearEnd tally // requests of the window before the last bad one
	eps     []episode
}

type episode struct {
	start, end time.Duration
	over       bool
}

// A blip is bad requests in a row, too few for an incident.
type blip struct {
	from    time.Duration // look from here on
	start   time.Duration
	on      bool
	longest time.Duration
}

func newWatch(route string, rate float64, spec Spec) *watch {
	w := &watch{spec: spec, route: route, rate: rate, win: window{width: max(1, spec.Detect.Window)}, lastBad: -1}
	if rate > 0 {
		w.step = time.Duration(min(float64(time.Second)/rate, float64(never)))
		w.win.width = max(w.win.width, time.Duration(min(float64(spec.Detect.MinRequests)/rate*float64(time.Second), float64(never))))
	}
	return w
}

func (w *watch) add(s Sample, good bool) {
	m := markOf(s, good)
	if w.down && m.at-w.last > w.win.width {
		w.cur.calm.on, w.cur.held.on, w.cur.loose.on = false, false, false
	}
	w.win.push(m)
	switch {
	case w.down:
		w.during(m)
	case m.bad && w.tripped():
		w.begin()
	default:
		w.blip.see(m, w.step)
	}
	if m.bad {
		w.lastBad = m.at
	}
	w.last = m.at
	w.n++
}

func (b *blip) see(m mark, step time.Duration) {
	switch {
	case m.at < b.from:
	case m.bad && !b.on:
		b.on, b.start = true, m.at
	case !m.bad && b.on:
		b.on = false
		b.longest = max(b.longest, m.at-b.start+step)
	}
}

// tripped is theta_down: enough bad ones in the window.
func (w *watch) tripped() bool {
	d := w.spec.Detect
	return w.win.bad >= max(1, d.MinBad) && float64(w.win.bad) >= d.Down*float64(w.win.n())
}

// begin opens an incident.
func (w *watch) begin() {
	r := w.riseAt(w.firstBad())
	w.down, w.blip.on = true, false
	w.cur = open{rise: r, inc: Incident{Route: w.route, Start: r.at, Bad: map[string]uint64{}}}
	w.startEpisode(r.at)
	for _, m := range w.win.marks[w.win.first:] {
		if m.at >= r.at {
			w.count(m)
		}
	}
}

func (w *watch) firstBad() int {
	for i := w.win.first; i < len(w.win.marks); i++ {
		if w.win.marks[i].bad {
			return i
		}
	}
	return len(w.win.marks) - 1
}

// riseAt describes the start of an outage whose first bad request in the window
// is number first. Rule 5 backdates to that one, and so does the lower bound; but
// where it is a stray one, of the background, an instant up to a window too early
// would be reported. The value is the likeliest start: the bad request from which
// on the window differs most from the background (by likelihood, Up against the
// ratio found).
func (w *watch) riseAt(first int) rise {
	marks := w.win.marks
	i := w.likeliest(first)
	r := rise{at: marks[i].at, high: marks[i].start, seen: marks[i].seen, first: marks[first].at, step: w.step}
	for j := first - 1; j >= 0 && len(r.before) < maxRun && !marks[j].bad; j-- {
		r.before = append(r.before, marks[j].at)
	}
	for _, m := range marks[i:] {
		r.follow(m, w.win.width)
	}
	return r
}

func (w *watch) likeliest(first int) int {
	marks := w.win.marks
	best, at := math.Inf(-1), first
	var t tally
	for i := len(marks) - 1; i >= first; i-- {
		if t.add(marks[i]); !marks[i].bad {
			continue
		}
		if x := t.evidence(w.spec.Detect.Up); x >= best {
			best, at = x, i
		}
	}
	return at
}

func (w *watch) startEpisode(at time.Duration) {
	w.ep = true
	w.cur.eps = append(w.cur.eps, episode{start: at})
	w.cur.calm.on = false
}

// count adds a request to the running incident.
func (w *watch) count(m mark) {
	w.cur.since.add(m)
	if m.bad {
		w.cur.inc.Bad[m.name()]++
		w.cur.nearEnd = w.win.since(w.cur.inc.Start, w.cur.since)
	} else if w.cur.inc.FirstGood == 0 {
		w.cur.inc.FirstGood = m.at
	}
}
