package drill

import (
	"math"
	"time"
)

// A mark is what is kept of one request of known outcome.
type mark struct {
	at    time.Duration // intended start
	start time.Duration // real start: what a generator's lateness adds
	seen  time.Duration // an instant by which the outcome had shown itself
	class Class
	bad   bool
}

func markOf(s Sample, good bool) mark {
	m := mark{at: s.Intended, start: max(s.Intended, s.Start), class: s.Class, bad: !good}
	m.seen = m.start
	if good || s.Class == Reset {
		// A good answer shows that the path was up until its end at the latest; a
		// reset may be the end of a request that began well.
		m.seen = max(m.start, s.End)
	}
	return m
}

// name is the class under which a bad request is reported.
func (m mark) name() string {
	if m.class == OK {
		return "slow"
	}
	return m.class.String()
}

// A window slides over requests: those of the last width are in it, and a few
// before are remembered.
type window struct {
	width time.Duration
	marks []mark
	first int // index of the oldest in the window
	bad   int // of those in the window
}

// remembered is how many requests before the window are kept, for edges.
const remembered = 80

func (w *window) n() int { return len(w.marks) - w.first }

func (w *window) push(m mark) {
	w.marks = append(w.marks, m)
	if m.bad {
		w.bad++
	}
	for w.n() > 1 && w.marks[w.first].at <= m.at-w.width {
		if w.marks[w.first].bad {
			w.bad--
		}
		w.first++
	}
	if drop := w.first - remembered; drop > 1024 && drop > len(w.marks)/2 {
		w.marks = w.marks[:copy(w.marks, w.marks[drop:])]
		w.first -= drop
	}
}

// forget drops everything before an instant from the window.
func (w *window) forget(before time.Duration) {
	for w.first < len(w.marks) && w.marks[w.first].at < before {
		if w.marks[w.first].bad {
			w.bad--
		}
		w.first++
	}
}

// tally counts requests.
type tally struct{ n, bad int }

func (t *tally) add(m mark) {
	t.n++
	if m.bad {
		t.bad++
	}
}

// since is what the window holds from an instant on, given the tally of all
// requests since then.
func (w *window) since(from time.Duration, t tally) tally {
	if from >= w.marks[w.first].at {
		return t
	}
	return tally{w.n(), w.bad}
}

func (t tally) ratio() float64 {
	if t.n == 0 {
		return 0
	}
	return float64(t.bad) / float64(t.n)
}

// exceeds says whether so many bad requests cannot be explained by a ratio of up:
// in 99 of 100 cases there would be fewer. With few requests the ratio itself
// says little, one bad request of 20 being 5 %.
func (t tally) exceeds(up float64) bool {
	if up <= 0 {
		return t.bad > 0
	}
	mean := up * float64(t.n)
	return float64(t.bad) > math.Ceil(mean+2.33*math.Sqrt(mean*max(0, 1-up))+0.5)
}

// evidence is how much likelier these requests are at the ratio of bad ones that
// they have than at the background's, as a logarithm.
func (t tally) evidence(background float64) float64 {
	p0 := min(0.5, max(1e-3, background))
	p1 := min(1-1e-3, max(p0, t.ratio()))
	return float64(t.bad)*math.Log(p1/p0) + float64(t.n-t.bad)*math.Log((1-p1)/(1-p0))
}
