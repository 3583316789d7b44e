package drill

import "time"

// A watch is the state machine of measuring.md 1.5 rule 5 for one route. It is
// fed samples by intended start and keeps one window of them.
type watch struct {
	spec  Spec
	route string
	rate  float64
	base  time.Duration // L: high quantile of the baseline's latency

	window  []mark // the last w of traffic
	last    mark   // newest sample
	lastBad time.Duration
	prevOK  time.Duration // last good start before the current run of bad ones
	anyOK   bool

	down     bool // inside an incident
	inEp     bool
	cur      Incident
	cand     time.Duration // first good start since the last violation
	hasCand  bool
	candLast time.Duration // last bad start before cand
	candGood int
	done     []Incident
}

// A mark is what the machine keeps of one sample.
type mark struct {
	at   time.Duration
	bad  bool
	late time.Duration
}

func newWatch(route string, rate float64, spec Spec) *watch {
	return &watch{spec: spec, route: route, rate: rate, lastBad: -1}
}

// width is w: the configured window or the time of MinRequests, if longer.
func (w *watch) width() time.Duration {
	if w.rate <= 0 {
		return w.spec.Detect.Window
	}
	need := time.Duration(float64(w.spec.Detect.MinRequests) / w.rate * float64(time.Second))
	return max(w.spec.Detect.Window, need)
}

func (w *watch) add(s Sample, good bool) {
	m := mark{s.Intended, !good, s.Lateness()}
	w.window = append(w.window, m)
	for len(w.window) > 0 && w.window[0].at <= m.at-w.width() {
		w.window = w.window[1:]
	}
	if w.down {
		w.during(s, m)
	} else {
		w.before(s, m)
	}
	if good {
		w.prevOK, w.anyOK = m.at, true
	} else {
		w.lastBad = m.at
	}
	w.last = m
}

func (w *watch) counts() (bad, n int) {
	for _, m := range w.window {
		if m.bad {
			bad++
		}
	}
	return bad, len(w.window)
}

// before looks for the start of an incident: enough bad ones in the window,
// backdated to the first of them.
func (w *watch) before(s Sample, m mark) {
	if !m.bad {
		return
	}
	bad, n := w.counts()
	if bad < w.spec.Detect.MinBad || float64(bad) < w.spec.Detect.Down*float64(n) {
		return
	}
	first, lastGood := m.at, time.Duration(-1)
	for i, o := range w.window {
		if o.bad {
			first = o.at
			for j := i - 1; j >= 0; j-- {
				lastGood = max(lastGood, w.window[j].at)
			}
			break
		}
	}
	if lastGood < 0 {
		lastGood = first - w.step()
	}
	w.down, w.inEp, w.hasCand = true, true, false
	w.cur = Incident{Route: w.route, Start: first, StartLow: lastGood, StartHigh: first + w.base, Bad: map[string]uint64{}}
	w.cur.Episodes = []Episode{{Start: first}}
}

func (w *watch) step() time.Duration {
	if w.rate <= 0 {
		return 0
	}
	return time.Duration(float64(time.Second) / w.rate)
}

// during looks for the end: the first good start from which the recovery
// condition holds for the whole hold.
func (w *watch) during(s Sample, m mark) {
	if m.bad {
		bad, n := 0, 0
		for _, o := range w.window {
			if w.hasCand && o.at >= w.cand {
				n++
				if o.bad {
					bad++
				}
			}
		}
		if !w.hasCand || float64(bad) > w.spec.Detect.Up*float64(max(n, 1)) {
			w.hasCand = false
		}
		if !w.inEp {
			if all, total := w.counts(); all >= w.spec.Detect.MinBad && float64(all) >= w.spec.Detect.Down*float64(total) {
				w.inEp = true
				w.cur.Episodes = append(w.cur.Episodes, Episode{Start: m.at})
			}
		}
		return
	}
	if w.cur.FirstGood == 0 {
		w.cur.FirstGood = m.at
	}
	if !w.hasCand {
		w.hasCand, w.cand, w.candLast, w.candGood = true, m.at, w.lastBad, 0
	}
	w.candGood++
	if w.inEp && m.at-w.cand >= w.width() {
		w.inEp = false
		ep := &w.cur.Episodes[len(w.cur.Episodes)-1]
		ep.End, ep.Recovered = w.cand, true
	}
	if m.at-w.cand >= w.spec.Hold && w.enough(m.at) {
		w.close(true)
	}
}

// enough asks for the capacity floor over the hold: a trickle of good answers is
// no recovery.
func (w *watch) enough(now time.Duration) bool {
	return float64(w.candGood) >= w.spec.Detect.CapacityFloor*w.rate*(now-w.cand).Seconds()
}

func (w *watch) close(recovered bool) {
	c := w.cur
	if recovered {
		c.IsRecovered = true
		c.Recovered, c.RecoveredLow, c.RecoveredHigh = w.cand, w.candLast, w.cand+w.base
	} else {
		c.Recovered, c.RecoveredLow, c.RecoveredHigh = w.last.at, max(w.lastBad, c.Start), w.last.at
	}
	for i := range c.Episodes {
		e := &c.Episodes[i]
		if !e.Recovered {
			e.End = c.Recovered
			e.Recovered = recovered
		}
		c.Downtime += e.End - e.Start
	}
	c.Flaps = len(c.Episodes) - 1
	w.done = append(w.done, c)
	w.down, w.inEp, w.hasCand = false, false, false
	w.window = w.window[:0]
}

// finish ends an incident whose hold the window did not see through.
func (w *watch) finish() []Incident {
	if w.down {
		w.close(false)
	}
	return w.done
}
