package drill

import "time"

// A watch is the state machine of measuring.md 1.5 rule 5 for one route. It is
// fed samples by intended start and keeps one window of them.
type watch struct {
	spec  Spec
	route string
	rate  float64
	step  time.Duration // distance of two slots, 0 if the route is not used
	width time.Duration // w: the configured window or the time of MinRequests, if longer
	base  time.Duration // L: high quantile of the baseline's latency

	win ring
	bad int // bad ones in win

	last    time.Duration // newest sample
	n       uint64
	lastBad time.Duration
	prevOK  time.Duration
	anyOK   bool
	blip    blip

	down    bool // inside an incident
	inEp    bool // inside a DOWN episode of it
	cur     Incident
	run     int  // good requests since the last bad one
	runs    int  // the longest such run inside the episode: how far an edge may hide
	first   int  // runs of the incident's first episode, -1 while it lasts
	cand    mark // first good one since the last violation
	hasCand bool
	candN   int // marks of win since cand
	candBad int
	candLow time.Duration // last bad start before cand
	upBy    time.Duration // first end of a good one since cand: up by then, even if cand itself waited
	done    []Incident
}

// A blip is bad requests in a row, too few for an incident.
type blip struct {
	from    time.Duration // look from here on
	start   time.Duration
	on      bool
	longest time.Duration
}

func newWatch(route string, rate float64, spec Spec) *watch {
	w := &watch{spec: spec, route: route, rate: rate, width: spec.Detect.Window, lastBad: -1}
	if rate > 0 {
		w.step = time.Duration(float64(time.Second) / rate)
		w.width = max(w.width, time.Duration(float64(spec.Detect.MinRequests)/rate*float64(time.Second)))
	}
	return w
}

func (w *watch) add(s Sample, good bool) {
	m := mark{at: s.Intended, start: max(s.Intended, s.Start), end: s.End, prevOK: w.prevOK, bad: !good, class: s.Class}
	if m.bad && s.Class == OK {
		m.class = numClasses
	}
	if !w.anyOK {
		m.prevOK = m.at - w.step
	}
	w.slide(m)
	switch {
	case w.down && m.bad:
		w.worse(m)
	case w.down:
		w.better(m)
	case m.bad && w.tripped():
		w.open()
	default:
		w.blip.see(m, w.step)
	}
	if good {
		w.prevOK, w.anyOK = m.at, true
	} else {
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
	return w.bad >= max(1, w.spec.Detect.MinBad) && float64(w.bad) >= w.spec.Detect.Down*float64(w.win.n)
}

// open starts an incident, backdated to the first bad one in the window.
func (w *watch) open() {
	w.cur = Incident{Route: w.route, Bad: map[string]uint64{}, Episodes: []Episode{}}
	w.down, w.hasCand, w.first, w.blip.on = true, false, -1, false
	first := w.episode(-1 << 62)
	w.cur.Start, w.cur.StartLow, w.cur.StartHigh = first.at, first.prevOK, max(first.at, min(first.end, first.start+w.base))
	for i := range w.win.n {
		if m := w.win.at(i); m.bad {
			w.count(*m)
		}
	}
}

// episode starts a DOWN episode at the first bad one of the window from a time
// on, and finds the longest run of good ones inside it so far.
func (w *watch) episode(from time.Duration) mark {
	w.inEp, w.run, w.runs = true, 0, 0
	var first mark
	found := false
	for i := range w.win.n {
		switch m := w.win.at(i); {
		case !found && (!m.bad || m.at < from):
		case !found:
			first, found = *m, true
		case m.bad:
			w.runs, w.run = max(w.runs, w.run), 0
		default:
			w.run++
		}
	}
	w.cur.Episodes = append(w.cur.Episodes, Episode{Start: first.at})
	return first
}

func (w *watch) count(m mark) {
	name := "slow"
	if m.class != numClasses {
		name = m.class.String()
	}
	w.cur.Bad[name]++
}
