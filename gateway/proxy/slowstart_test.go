package proxy

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
)

// shares are the parts of many requests that upstreams get.
func shares(p *pool) map[string]float64 {
	const n = 1000
	lot := 0
	p.chance = func() float64 { lot++; return float64(lot%n) / n }
	got := map[string]float64{}
	for range n {
		u := p.pick("", nil)
		p.done(u, good, "ok")
		got[u.Name] += 1.0 / n
	}
	return got
}

func near(a, b float64) bool { return math.Abs(a-b) < 0.02 }

// What comes back begins with a tenth of its requests and grows to all of them;
// what it does not get, others of its tier and of the next get.
func TestSlowStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := pooled(t, "0a 0b 1a", Config{SlowStart: 10 * time.Second})
		if got := shares(p); !near(got["0a"], 0.5) {
			t.Fatalf("at the start: %v", got)
		}
		mark(p, "0a", false)
		mark(p, "0b", false)
		mark(p, "0a", true)
		mark(p, "0b", true)
		for at, want := range []float64{0.1, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1} {
			if got := shares(p); !near(got["0a"]+got["0b"], want) || !near(got["1a"], 1-want) || !near(got["0a"], got["0b"]) {
				t.Errorf("after %d s: %v, want %v for the tier", at, got, want)
			}
			time.Sleep(time.Second)
		}
		mark(p, "0a", false)
		mark(p, "0a", true)
		if got := shares(p); !near(got["0a"], 0.05) || !near(got["0b"], 0.95) {
			t.Errorf("one of two is back: %v", got)
		}
		if mark(p, "1a", false); p.states()[0].Share != leastShare || p.states()[1].Share != 1 {
			t.Errorf("states %+v", p.states())
		}
		mark(p, "0b", false)
		if got := shares(p); !near(got["0a"], 1) {
			t.Errorf("nobody else is there: %v", got)
		}
	})
}

func TestNoSlowStart(t *testing.T) {
	for _, c := range []Config{{}, {SlowStart: 10 * time.Second, Bugs: []string{bug.NoSlowStart}}} {
		p, _ := pooled(t, "0a 1a", c)
		mark(p, "0a", false)
		mark(p, "0a", true)
		if got := shares(p); !near(got["0a"], 1) {
			t.Errorf("%v", got)
		}
	}
}
