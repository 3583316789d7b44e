package drill

import (
	"math"
	"time"
)

// The bounds of an edge (measuring.md 1.5 rule 2): with s_g the last good start
// before the first bad one s_f, s_l the last bad start, s_h the first good one
// after it, and L a high quantile of the baseline's latency,
//
//	t_A in [s_g, s_f + L]    t_R in (s_l, s_h + L]
//
// Three things are added to the rule, all of which only widen. A request proves
// something at its real start at the earliest, so where an upper bound rests on
// one, its lateness is added. A request that was good or reset proves something
// at its end, which may be later than s + L: up it was by the earliest end of a
// good one. And in a partial outage good answers come in between: the request that
// would have shown the edge may have been lucky. So instead of the next request,
// the bound rests on the m-th next, m being the number of lucky requests in a row
// that has a chance below 1 in 1000 at the ratio of bad requests near that edge
// (less one standard error). In a total outage m is 1.

const (
	chance = 1e-3
	maxRun = remembered - 1
)

// luck is m: how many requests in a row cannot all have been lucky.
func luck(near tally) int {
	badRatio := near.ratio()
	if near.n > 0 {
		badRatio -= math.Sqrt(badRatio * (1 - badRatio) / float64(near.n))
	}
	if badRatio >= 1-chance {
		return 1
	}
	if badRatio <= 0 {
		return maxRun
	}
	return int(min(maxRun, math.Ceil(math.Log(chance)/math.Log(1-badRatio))))
}

// A rise is the start of an outage, as it becomes known.
type rise struct {
	at     time.Duration   // s_f, the first bad request of the outage itself
	high   time.Duration   // its real start
	seen   time.Duration   // by when it had shown itself
	first  time.Duration   // the first bad one of the window
	before []time.Duration // starts of the good requests before that, newest first
	near   reach           // requests within one window from s_f
	step   time.Duration
}

// A reach counts requests up to the last bad one, so that what was good after an
// outage does not make it look partial.
type reach struct {
	tally
	since int // good requests after the last bad one
}

func (r *reach) add(m mark) {
	if !m.bad {
		r.since++
		return
	}
	r.n += r.since + 1
	r.bad++
	r.since = 0
}

// low is the start of the m-th good request before the first bad one.
func (r *rise) low() time.Duration {
	m := luck(r.near.tally)
	if m <= len(r.before) {
		return r.before[m-1]
	}
	if n := len(r.before); n > 0 {
		return r.before[n-1] - time.Duration(m-n)*r.step
	}
	return r.first - time.Duration(m)*r.step
}

// follow takes the requests of the first window after s_f.
func (r *rise) follow(m mark, width time.Duration) {
	if m.at <= r.at+width {
		r.near.add(m)
	}
}

func (r *rise) bounds(l time.Duration) (low, high time.Duration) {
	return min(r.low(), r.at), max(r.high+l, r.seen)
}

// A run is a stretch of requests that may turn out to be the recovery.
type run struct {
	on    bool
	at    time.Duration // its first good start, s_h
	low   time.Duration // the last bad start before it, s_l
	high  time.Duration // real start of the m-th request of it, without L
	seen  time.Duration // the earliest end of a good one: up by then, even if the first had waited
	lucky int           // requests until high is final
	tally
}

func startRun(m mark, lastBad time.Duration, near tally) run {
	return run{on: true, at: m.at, low: lastBad, high: m.start, seen: m.seen, lucky: luck(near)}
}

// follow adds a request to a run.
func (r *run) follow(m mark) {
	if !r.on {
		return
	}
	r.add(m)
	if !m.bad {
		r.seen = min(r.seen, m.seen)
	}
	if r.lucky > 0 {
		r.lucky--
		r.high = max(r.high, m.start)
	}
}

func (r *run) upper(l time.Duration) time.Duration { return max(r.high+l, r.seen) }
