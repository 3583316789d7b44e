package drill

// during looks for the end of episode and incident.
func (w *watch) during(m mark) {
	c := &w.cur
	w.count(m)
	c.rise.follow(m, w.win.width)
	c.calm.follow(m)
	c.held.follow(m)
	c.loose.follow(m)
	if m.bad {
		w.violate()
	} else {
		for _, r := range []*run{&c.calm, &c.held, &c.loose} {
			if !r.on {
				*r = startRun(m, w.lastBad, c.nearEnd)
				r.follow(m)
			}
		}
	}
	if w.ep && c.calm.on && m.at-c.calm.at >= w.win.width {
		w.endEpisode(c.calm)
	}
	if !w.ep && m.bad && w.tripped() {
		w.startEpisode(w.riseAt(w.firstBad()).at)
	}
	w.doubtHoles(m)
	if c.held.on && m.at-c.held.at >= max(1, w.spec.Hold) {
		w.recover()
	}
}

// violate ends the stretches that a bad request rules out.
func (w *watch) violate() {
	c, up := &w.cur, w.spec.Detect.Up
	dense := func(r *run) bool { return w.win.since(r.at, r.tally).ratio() >= w.spec.Detect.Down }
	many := func(r *run) bool { return r.exceeds(up) || w.win.since(r.at, r.tally).exceeds(up) }
	c.calm.on = c.calm.on && !dense(&c.calm)
	c.held.on = c.held.on && !dense(&c.held) && !many(&c.held)
	c.loose.on = c.loose.on && !many(&c.loose)
}

// doubtHoles asks for the capacity floor over the window. Where an open loop falls
// short of it without bad answers, slots were skipped, and nobody knows what those
// would have met: the upper bound counts them as bad and moves on, and the value
// stays. Where most are missing, a trickle of good answers is no recovery, and the
// stretch begins anew.
func (w *watch) doubtHoles(m mark) {
	c := &w.cur
	switch {
	case !c.held.on || m.at-c.held.at < w.win.width || !w.starved(w.spec.Detect.CapacityFloor):
	case w.starved(mostSlots):
		restart(&c.held, m)
	default:
		c.held.high = max(c.held.high, m.start)
	}
}

// mostSlots is the share of its slots that a window must hold to show anything.
const mostSlots = 0.5

// starved says whether the window holds less good than a share of the offered
// rate. One slot more or less is the window's edge.
func (w *watch) starved(share float64) bool {
	good := float64(w.win.n() - w.win.bad)
	return good+1 < share*w.rate*w.win.width.Seconds()
}

// restart begins a stretch anew at a request, with the doubt of the old one.
func restart(r *run, m mark) {
	low := r.low
	*r = startRun(m, low, tally{})
	r.lucky = 0
	r.follow(m)
}

func (w *watch) endEpisode(fall run) {
	e := &w.cur.eps[len(w.cur.eps)-1]
	e.end, e.over = fall.at, true
	w.ep = false
	w.win.forget(fall.at)
}

// recover closes the incident at the start of the hold.
func (w *watch) recover() {
	c := &w.cur
	switch {
	case w.ep && c.calm.on:
		w.endEpisode(c.calm)
	case w.ep:
		w.endEpisode(c.held)
	}
	c.inc.IsRecovered = true
	c.inc.Recovered = c.held.at
	w.win.forget(c.held.at)
	w.done = append(w.done, *c)
	w.down = false
}
