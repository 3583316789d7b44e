package drill

import (
	"testing"
	"time"
)

// Loss counts from the disruption that took the write: one that clients saw goes
// before damage of which they saw nothing and that began before it.
func TestLossAt(t *testing.T) {
	t.Parallel()
	const sec = time.Second
	silent, outage := span{from: 8 * sec, to: 40 * sec}, span{from: 18 * sec, to: 30 * sec, seen: true}
	for _, c := range []struct {
		name          string
		spans         []span
		at            time.Duration
		before, after time.Duration
	}{
		{"before the one", []span{outage}, 17 * sec, sec, 0},
		{"in the one", []span{outage}, 20 * sec, 0, 2 * sec},
		{"after the one", []span{outage}, 31 * sec, 0, 13 * sec},
		{"silent damage alone", []span{silent}, 9 * sec, 0, sec},
		{"before both", []span{silent, outage}, 7 * sec, 11 * sec, 0},
		{"in the silent one, before the outage", []span{silent, outage}, 17 * sec, sec, 0},
		{"in both", []span{silent, outage}, 20 * sec, 0, 2 * sec},
		{"in the silent one, after the outage", []span{silent, outage}, 35 * sec, 0, 27 * sec},
		{"two silent ones", []span{silent, silent, outage}, 16 * sec, 2 * sec, 0},
		{"one that was over", []span{{from: 8 * sec, to: 9 * sec}, outage}, 7500 * time.Millisecond, 500 * time.Millisecond, 0},
	} {
		if before, after := lossAt(c.spans, c.at); before != c.before || after != c.after {
			t.Errorf("%s: %v before, %v after; want %v and %v", c.name, before, after, c.before, c.after)
		}
	}
}
