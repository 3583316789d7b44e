package drill

import "time"

// A mark is what the incident machine keeps of one sample.
type mark struct {
	at     time.Duration // intended start
	start  time.Duration // real start, never before at
	end    time.Duration
	prevOK time.Duration // intended start of the last good one before it
	bad    bool
	class  Class // numClasses is "slow"
}

// A ring is a queue of marks that reuses its memory.
type ring struct {
	buf  []mark
	head int
	n    int
}

func (r *ring) at(i int) *mark { return &r.buf[(r.head+i)%len(r.buf)] }

func (r *ring) push(m mark) {
	if r.n == len(r.buf) {
		grown := make([]mark, max(16, 2*r.n))
		for i := range r.n {
			grown[i] = *r.at(i)
		}
		r.buf, r.head = grown, 0
	}
	r.n++
	*r.at(r.n - 1) = m
}

func (r *ring) pop() {
	r.head = (r.head + 1) % len(r.buf)
	r.n--
}

// slide adds a mark to the window and drops what is older than its width,
// keeping the counts of bad ones: of all, and of those since the candidate.
func (w *watch) slide(m mark) {
	for w.win.n > 0 && w.win.at(0).at <= m.at-w.width {
		w.drop()
	}
	w.win.push(m)
	if m.bad {
		w.bad++
	}
	if w.hasCand {
		w.candN++
		if m.bad {
			w.candBad++
		}
	}
}

func (w *watch) drop() {
	old := w.win.at(0)
	since := w.hasCand && w.win.n <= w.candN
	if old.bad {
		w.bad--
	}
	if since {
		w.candN--
		if old.bad {
			w.candBad--
		}
	}
	w.win.pop()
}
