package drill

import (
	"maps"
	"slices"
	"time"
)

// A FinalRead is one complete reading of the ledger after the drill
// (measuring.md 2.2 b, c).
type FinalRead struct {
	When   string        `json:"when"`   // "settled" or "after-failback"
	Source string        `json:"source"` // "gateway", or the region read directly
	Round  int           `json:"round"`  // repeated until two consecutive rounds agree
	At     time.Duration `json:"at_ns"`
	// Err is why this source could not be read; Ranges are then void.
	Err        string      `json:"err,omitempty"`
	Ranges     [][2]uint64 `json:"ranges"`               // inclusive ranges of ids present
	Duplicates []uint64    `json:"duplicates,omitempty"` // ids stored more than once
	Unexpected []uint64    `json:"unexpected,omitempty"` // ids that are not ours
	// Stable says that this round equals the one before it from this source.
	Stable bool `json:"stable"`
}

// A fate is what one write's answers said, in 16 bytes.
type fate struct {
	ack    time.Duration // when the first acknowledgement was there
	miss   uint32        // worst age at which a read missed it, in µs, not disproved yet
	misses uint16        // such reads
	kind   Ack
}

const block = 4096

// A ledger gathers writes during the pass and reconciles them with the final
// reads (measuring.md 2.2, 2.3). Ids are dense and index blocks; what lies far
// off, as only damaged files have it, goes into a map.
type ledger struct {
	blocks   []*[block]fate
	far      map[uint64]*fate
	n        uint64 // attempted
	reigns   map[reign]*tenure
	blind    uint64 // acknowledgements without leader or epoch
	stale    uint64
	staleMax time.Duration
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

// find gives the fate of an id, or nil when there is none and none is wanted.
func (l *ledger) find(id uint64, want bool) *fate {
	if b := id / block; b < uint64(len(l.blocks)) || want && b <= 2*(l.n/block)+1 {
		for uint64(len(l.blocks)) <= b {
			l.blocks = append(l.blocks, new([block]fate))
		}
		return &l.blocks[b][id%block]
	}
	if f := l.far[id]; f != nil || !want {
		return f
	}
	if l.far == nil {
		l.far = map[uint64]*fate{}
	}
	l.far[id] = &fate{}
	return l.far[id]
}

// write keeps the strongest answer: once acknowledged is acknowledged, and what
// may have happened is not undone by a refusal.
func (l *ledger) write(s *Sample) {
	kind := s.Ack
	if kind == NoWrite || kind > Indeterminate {
		kind = Indeterminate
	}
	f := l.find(s.ID, true)
	if f.kind == NoWrite {
		l.n++
	}
	switch {
	case kind == Acked && (f.kind != Acked || s.End < f.ack):
		f.kind, f.ack = Acked, s.End
	case f.kind == NoWrite, f.kind == Rejected && kind == Indeterminate:
		f.kind = kind
	}
	if kind == Acked {
		l.reigned(s)
	}
}

// read notes a miss, which only a read begun after the acknowledgement can be.
// It is stale once a later read finds the record: until then it may be loss.
func (l *ledger) read(s *Sample) {
	f := l.find(s.ID, false)
	if s.Class != OK || f == nil || f.kind != Acked || s.Start < f.ack {
		return
	}
	if !s.Missing {
		l.disproved(f)
		return
	}
	f.miss = max(f.miss, uint32(min((s.Start-f.ack+time.Microsecond-1)/time.Microsecond, 1<<32-1)))
	if f.misses < 1<<16-1 {
		f.misses++
	}
}

func (l *ledger) disproved(f *fate) {
	l.stale += uint64(f.misses)
	l.staleMax = max(l.staleMax, time.Duration(f.miss)*time.Microsecond)
	f.miss, f.misses = 0, 0
}

// each goes through the attempted writes, the highest id first.
func (l *ledger) each(do func(id uint64, f *fate)) {
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(l.far))) {
		do(id, l.far[id])
	}
	for b := len(l.blocks) - 1; b >= 0; b-- {
		for i := block - 1; i >= 0; i-- {
			if f := &l.blocks[b][i]; f.kind != NoWrite {
				do(uint64(b*block+i), f)
			}
		}
	}
}
