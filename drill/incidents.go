package drill

import "time"

// finish ends an incident whose hold the load did not see through, and gives
// all incidents their bounds, for which L is needed.
func (w *watch) finish() []Incident {
	all := w.done
	if w.down {
		all = append(all, w.censored())
	}
	var out []Incident
	for _, o := range all {
		out = append(out, o.close(w.base))
	}
	return out
}

// censored is the running incident when the load has ended. If a hold had
// begun, recovery was then or later; else it was after the last request.
func (w *watch) censored() open {
	c := w.cur
	end := w.last
	if c.held.on {
		c.inc.Recovered = c.held.at
	} else {
		c.inc.Recovered = end
		c.held = run{at: end, low: w.lastBad, high: end}
	}
	c.held.high, c.held.seen = end, end
	if e := &c.eps[len(c.eps)-1]; !e.over {
		e.end = c.inc.Recovered
		if c.calm.on {
			e.end = c.calm.at
		}
	}
	return c
}

func (o open) close(l time.Duration) Incident {
	i := o.inc
	i.StartLow, i.StartHigh = o.rise.bounds(l)
	i.RecoveredLow, i.RecoveredHigh = o.held.low, o.held.upper(l)
	if o.loose.on {
		i.RecoveredLow = min(i.RecoveredLow, o.loose.low)
	}
	if !i.IsRecovered {
		i.RecoveredHigh = max(i.Recovered, o.held.high)
	}
	for _, e := range o.eps {
		i.Episodes = append(i.Episodes, Episode{Start: e.start, End: e.end, Recovered: e.over})
		i.Downtime += e.end - e.start
	}
	i.Flaps = len(i.Episodes) - 1
	return i
}
