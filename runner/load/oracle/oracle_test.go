package oracle_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/drillctl/drillctl/runner/load"
	"github.com/drillctl/drillctl/runner/load/oracle"
)

func trials(n int) []oracle.Trial {
	var out []oracle.Trial
	kinds := []oracle.Kind{oracle.Refuse, oracle.Hang, oracle.Unavailable, oracle.Partial}
	for i := range n {
		t := oracle.Trial{
			Kind: kinds[i%len(kinds)], Profile: load.Pooled, Rate: 100, Timeout: 300 * time.Millisecond,
			Before: 200 * time.Millisecond, Length: 500 * time.Millisecond, After: 300 * time.Millisecond, Seed: uint64(i + 1),
		}
		if i/len(kinds)%2 == 1 {
			t.Profile = load.Fresh
		}
		out = append(out, t)
	}
	return out
}

func TestOutageIsSeenWhereItWas(t *testing.T) {
	t.Parallel()
	for _, tr := range trials(8) {
		t.Run(fmt.Sprintf("%s-%s", tr.Kind, tr.Profile), func(t *testing.T) {
			t.Parallel()
			r, err := tr.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			start, end, err := r.Errors()
			if err != nil {
				t.Fatal(err)
			}
			// A slot that the machine skipped widens what can be known.
			slack := r.Interval() + 5*time.Millisecond + time.Duration(r.Stats.Routes["read"].Skipped)*r.Interval()
			if start.Abs() > slack || end.Abs() > slack {
				t.Errorf("outage %v to %v seen %v and %v off, want within %v", r.From, r.To, start, end, slack)
			}
			checkGrid(t, r)
		})
	}
}

func checkGrid(t *testing.T, r oracle.Result) {
	t.Helper()
	g := r.Grids["read"]
	slots := map[uint64]bool{}
	for _, s := range r.Samples {
		if s.Intended != g.At(s.Slot) || s.Start < s.Intended || slots[s.Slot] {
			t.Errorf("slot %d: intended %v, started %v, on the grid %v, twice: %v", s.Slot, s.Intended, s.Start, g.At(s.Slot), slots[s.Slot])
		}
		slots[s.Slot] = true
	}
	c := r.Stats.Routes["read"]
	if uint64(len(r.Samples)) != c.Sent || c.Planned != c.Sent+c.Skipped {
		t.Errorf("%d samples, counts %+v", len(r.Samples), c)
	}
}
