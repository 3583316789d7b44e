package drill

import "time"

// A ledger gathers writes during the pass and reconciles them with the final
// reads (measuring.md 2.2, 2.3).
type ledger struct {
	writes   writes
	n        uint64 // attempted
	reigns   map[reign]*tenure
	blind    uint64 // acknowledgements without leader or epoch
	stale    uint64
	staleMax time.Duration
	// entryOnly says that there is no copy to read but the one that clients see
	entryOnly bool
}

func (l *ledger) add(s *Sample) {
	switch {
	case s.ID == 0:
	case s.Route == Write:
		l.write(s)
	default:
		l.read(s)
	}
}

// write keeps the strongest answer: once acknowledged is acknowledged, and what
// may have happened is not undone by a refusal.
func (l *ledger) write(s *Sample) {
	kind := s.Ack
	if kind == NoWrite || kind > Indeterminate {
		kind = Indeterminate
	}
	f := l.writes.find(s.ID, l.n)
	if f.kind() == NoWrite {
		l.n++
	}
	switch {
	case kind == Acked && (f.kind() != Acked || s.End < f.ack()):
		*f = newFate(Acked, s.End)
	case f.kind() == NoWrite, f.kind() == Rejected && kind == Indeterminate:
		*f = newFate(kind, s.End)
	}
	if kind == Acked {
		l.reigned(s)
	}
}

// read notes a miss, which only a read begun after the acknowledgement can be.
// It is stale once a later read finds the record: until then it may be loss.
func (l *ledger) read(s *Sample) {
	f := l.writes.get(s.ID)
	if s.Class != OK || f.kind() != Acked || s.Start < f.ack() {
		return
	}
	if !s.Missing {
		if m := l.writes.misses(s.ID, false); m != nil {
			l.disproved(m)
		}
		return
	}
	m := l.writes.misses(s.ID, true)
	m.n++
	m.age = max(m.age, uint32(min((s.Start-f.ack()+time.Microsecond-1)/time.Microsecond, 1<<32-1)))
}

func (l *ledger) disproved(m *misses) {
	l.stale += uint64(m.n)
	l.staleMax = max(l.staleMax, time.Duration(m.age)*time.Microsecond)
	*m = misses{}
}
