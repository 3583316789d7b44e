package drill

import (
	"math"
	"testing"
	"time"
)

// TestFates keeps what it is told, for near ids and far ones, also when an id
// that was far off is not so any more.
func TestFates(t *testing.T) {
	t.Parallel()
	var w writes
	want := map[uint64]fate{}
	n := uint64(0)
	put := func(id uint64, f fate) {
		if at := w.find(id, n); *at == 0 {
			n++
			*at = f
			want[id] = f
		} else if *at != want[id] {
			t.Fatalf("id %d is %v, was %v", id, *at, want[id])
		}
	}
	for _, id := range []uint64{30000, math.MaxUint64, 1 << 40} {
		put(id, newFate(Indeterminate, 0))
	}
	for id := uint64(1); id < 60000; id += 1 + id%3 {
		put(id, newFate(Acked, time.Duration(id)*time.Millisecond))
	}
	if w.misses(30000, true).n++; w.misses(30000, false).n != 1 || w.misses(5, false) != nil {
		t.Error("misses went elsewhere")
	}
	got := map[uint64]fate{}
	w.each(func(id uint64, f fate) {
		if _, twice := got[id]; twice || w.get(id) != f {
			t.Errorf("id %d: twice %v, %v and %v", id, twice, f, w.get(id))
		}
		got[id] = f
	})
	for id, f := range want {
		if got[id] != f {
			t.Errorf("id %d is %v, want %v", id, got[id], f)
		}
	}
	if len(got) != len(want) || w.get(59999999) != 0 {
		t.Errorf("%d ids, want %d", len(got), len(want))
	}
	for _, ack := range []time.Duration{0, -5, time.Hour, math.MaxInt64, math.MinInt64} {
		if f := newFate(Acked, ack); f.kind() != Acked || f.ack() != max(-latest, min(ack, latest)) {
			t.Errorf("%v became %v at %v", ack, f.kind(), f.ack())
		}
	}
}
