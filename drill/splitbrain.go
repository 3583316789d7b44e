package drill

import (
	"slices"
	"time"
)

// A reign is one leader in one epoch.
type reign struct {
	leader string
	epoch  uint64
}

// A tenure is the time in which a reign surely acknowledged: something before
// first (an answer was there), something after last (a request began).
type tenure struct{ first, last time.Duration }

// maxReigns bounds the memory; nobody changes leaders so often in a drill.
const maxReigns = 1024

func (l *ledger) reigned(s *Sample) {
	k := reign{s.Leader, s.Epoch}
	if s.Leader == "" || s.Epoch == 0 {
		l.blind++
		return
	}
	t := l.reigns[k]
	switch {
	case t != nil:
		t.first, t.last = min(t.first, s.End), max(t.last, s.Start)
	case len(l.reigns) < maxReigns:
		if l.reigns == nil {
			l.reigns = map[reign]*tenure{}
		}
		l.reigns[k] = &tenure{s.End, s.Start}
	}
}

// splitBrain is how long, at the most, a leader went on acknowledging requests
// begun after another leader of a later or of the same epoch had acknowledged
// something. Answers that were under way at a change of leaders are no overlap.
func (l *ledger) splitBrain() time.Duration {
	var worst time.Duration
	for a, old := range l.reigns {
		for b, young := range l.reigns {
			switch {
			case a.leader == b.leader || a.epoch > b.epoch:
			case a.epoch == b.epoch:
				worst = max(worst, min(old.last, young.last)-max(old.first, young.first))
			default:
				worst = max(worst, old.last-young.first)
			}
		}
	}
	return worst
}

// has says whether sorted, inclusive ranges hold an id.
func has(ranges [][2]uint64, id uint64) bool {
	_, found := slices.BinarySearchFunc(ranges, id, func(r [2]uint64, id uint64) int {
		switch {
		case r[1] < id:
			return -1
		case r[0] > id:
			return 1
		}
		return 0
	})
	return found
}

// normal sorts ranges and merges those that touch.
func normal(ranges [][2]uint64) [][2]uint64 {
	sorted := slices.Clone(ranges)
	slices.SortFunc(sorted, func(a, b [2]uint64) int { return slices.Compare(a[:], b[:]) })
	out := [][2]uint64{}
	for _, r := range sorted {
		switch n := len(out); {
		case r[1] < r[0]:
		case n > 0 && (r[0] <= out[n-1][1] || r[0]-1 == out[n-1][1]):
			out[n-1][1] = max(out[n-1][1], r[1])
		default:
			out = append(out, r)
		}
	}
	return out
}
