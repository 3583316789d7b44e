package drill

import (
	"maps"
	"slices"
	"time"
)

// A fate is what one write's answers said, in 8 bytes: its Ack in the two lowest
// bits, and above them when it was acknowledged first, or else when it ended.
type fate int64

const latest = time.Duration(1) << 60 // of a fate

func newFate(kind Ack, ack time.Duration) fate {
	return fate(max(-latest, min(ack, latest)))<<2 | fate(kind)
}

func (f fate) kind() Ack          { return Ack(f & 3) }
func (f fate) ack() time.Duration { return time.Duration(f >> 2) }

// misses are reads that missed one acknowledged write and are not disproved yet.
type misses struct {
	n   uint32
	age uint32 // the worst, in µs since the acknowledgement
}

// writes keep fates by id. Ids are dense and index blocks; what lies far off, as
// only damaged files have it, goes into a map.
type writes struct {
	blocks []*block
	far    map[uint64]*farWrite
}

const blockLen = 4096

type block struct {
	fates  [blockLen]fate
	misses *[blockLen]misses // made for the first one
}

type farWrite struct {
	fate   fate
	misses misses
}

// find gives the place of an id's fate; n is how many ids there are.
func (w *writes) find(id, n uint64) *fate {
	if f := w.far[id]; f != nil {
		return &f.fate
	}
	if b := id / blockLen; b < uint64(len(w.blocks)) || b <= 2*(n/blockLen)+1 {
		for uint64(len(w.blocks)) <= b {
			w.blocks = append(w.blocks, new(block))
		}
		return &w.blocks[b].fates[id%blockLen]
	}
	if w.far == nil {
		w.far = map[uint64]*farWrite{}
	}
	f := &farWrite{}
	w.far[id] = f
	return &f.fate
}

// get is the fate of an id, 0 when there is none. A write that came while its id
// was far off is in the map still.
func (w *writes) get(id uint64) fate {
	if f := w.far[id]; f != nil {
		return f.fate
	}
	if b := id / blockLen; b < uint64(len(w.blocks)) {
		return w.blocks[b].fates[id%blockLen]
	}
	return 0
}

// misses gives the place of an id's misses; nil when there is none and none is
// wanted.
func (w *writes) misses(id uint64, want bool) *misses {
	if f := w.far[id]; f != nil {
		return &f.misses
	}
	b := w.blocks[id/blockLen]
	if b.misses == nil && want {
		b.misses = new([blockLen]misses)
	}
	if b.misses == nil {
		return nil
	}
	return &b.misses[id%blockLen]
}

// each goes through the attempted writes, the highest id first.
func (w *writes) each(do func(id uint64, f fate)) {
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(w.far))) {
		do(id, w.far[id].fate)
	}
	for b, x := range slices.Backward(w.blocks) {
		for i := blockLen - 1; i >= 0; i-- {
			if f := x.fates[i]; f.kind() != NoWrite {
				do(uint64(b*blockLen+i), f)
			}
		}
	}
}

// eachMissed goes through what has misses.
func (w *writes) eachMissed(do func(id uint64, m *misses)) {
	for id, f := range w.far {
		if f.misses.n > 0 {
			do(id, &f.misses)
		}
	}
	for b, x := range w.blocks {
		for i := 0; x.misses != nil && i < blockLen; i++ {
			if m := &x.misses[i]; m.n > 0 {
				do(uint64(b*blockLen+i), m)
			}
		}
	}
}
