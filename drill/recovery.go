package drill

import "time"

// worse takes a bad request of an incident: it breaks the hold when more of
// those since its start are bad than theta_up allows.
func (w *watch) worse(m mark) {
	w.count(m)
	if w.hasCand && float64(w.candBad) > w.spec.Detect.Up*float64(w.candN) {
		w.hasCand = false
		if w.inEp {
			w.runs = max(w.runs, w.run)
		}
	}
	w.run = 0
	if !w.inEp && w.tripped() {
		w.episode(w.cur.Episodes[len(w.cur.Episodes)-1].End)
	}
}

// better takes a good request of an incident and looks for its end: the first
// good start from which the recovery condition holds for the whole hold.
func (w *watch) better(m mark) {
	w.run++
	if w.cur.FirstGood == 0 {
		w.cur.FirstGood = m.at
	}
	if !w.hasCand {
		w.candLow = w.lastBad
		w.candidate(m)
	}
	w.upBy = min(w.upBy, max(m.start, m.end))
	long := m.at-w.cand.at >= w.width
	if long && w.starved() {
		w.candidate(m)
		return
	}
	if w.inEp && long {
		w.endEpisode()
	}
	if m.at-w.cand.at >= w.spec.Hold {
		w.close(true)
	}
}

func (w *watch) candidate(m mark) {
	w.cand, w.hasCand, w.candN, w.candBad, w.upBy = m, true, 1, 0, max(m.start, m.end)
}

// starved asks for the capacity floor over the window: a trickle of good answers
// is no recovery. One slot more or less is the window's edge.
func (w *watch) starved() bool {
	good := float64(w.win.n - w.bad)
	return good+1 < w.spec.Detect.CapacityFloor*w.rate*w.width.Seconds()
}

func (w *watch) endEpisode() {
	w.inEp = false
	ep := &w.cur.Episodes[len(w.cur.Episodes)-1]
	ep.End, ep.Recovered = w.cand.at, true
	if w.first < 0 {
		w.first = w.runs
	}
}

// close ends an incident. Its bounds are those of measuring.md 1.5 rule 2; where
// good requests came through during the outage, as many may have come through
// before its first bad one and after its last.
func (w *watch) close(recovered bool) {
	c := w.cur
	if w.first < 0 {
		w.first = w.runs
	}
	c.StartLow -= time.Duration(w.first) * w.step
	switch {
	case recovered:
		c.IsRecovered = true
		c.Recovered, c.RecoveredLow = w.cand.at, max(w.candLow, c.Start)
		c.RecoveredHigh = max(w.cand.at, w.upBy)
		if w.runs > 0 { // a good answer proves nothing then; a bad one that did not come does
			c.RecoveredHigh = max(w.upBy, w.cand.start+w.base) + time.Duration(w.runs)*w.step
		}
	default:
		c.Recovered, c.RecoveredLow, c.RecoveredHigh = w.last, max(w.lastBad, c.Start), w.last
	}
	for i := range c.Episodes {
		e := &c.Episodes[i]
		if !e.Recovered {
			e.End, e.Recovered = c.Recovered, recovered
		}
		c.Downtime += e.End - e.Start
	}
	c.Flaps = len(c.Episodes) - 1
	w.done = append(w.done, c)
	w.down, w.inEp, w.hasCand = false, false, false
	w.win.n, w.bad = 0, 0
}

// finish ends an incident whose hold the window did not see through.
func (w *watch) finish() []Incident {
	if w.down {
		w.close(false)
	}
	return w.done
}
