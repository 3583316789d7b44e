package proxy

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/health"
)

// pooled makes a pool of upstreams named TIER+letter, e.g. "0a 0b 1a", all
// healthy, and the list to which its verdicts go.
func pooled(t *testing.T, names string, c Config) (*pool, *[]string) {
	t.Helper()
	c = c.Defaults().withBugs()
	for n := range strings.FieldsSeq(names) {
		c.Upstreams = append(c.Upstreams, Upstream{Name: n, Tier: int(n[0] - '0')})
	}
	var told []string
	p := newPool(c, func(v verdict) {
		to := "-"
		if v.healthy {
			to = "+"
		}
		told = append(told, to+v.Name+" "+v.via)
	})
	t.Cleanup(p.close)
	for _, u := range c.Upstreams {
		mark(p, u.Name, true)
	}
	told = nil
	return p, &told
}

func mark(p *pool, name string, healthy bool) {
	r := health.Result{Healthy: healthy, Changed: true}
	if !healthy {
		r.Err = errors.New("down")
	}
	p.checked(name, r, 2)
}

// serving lists who gets ten requests.
func serving(p *pool) string {
	var names []string
	for range 10 {
		u := p.pick("", nil)
		if u == nil {
			return "nobody"
		}
		p.done(u, neutral, "")
		names = append(names, u.Name)
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), " ")
}

func TestTiers(t *testing.T) {
	for _, tt := range []struct {
		name, down, want string
		bugs             []string
	}{
		{name: "all well", want: "0a 0b"},
		{name: "one down", down: "0a", want: "0b"},
		{name: "tier down", down: "0a 0b", want: "1a 1b"},
		{name: "two tiers down", down: "0a 0b 1a 1b", want: "2a"},
		{name: "later tiers down", down: "1a 1b 2a", want: "0a 0b"},
		{name: "all down", down: "0a 0b 1a 1b 2a", want: "nobody"},
		{name: "bug: no failover", down: "0a 0b", want: "0a 0b", bugs: []string{bug.NoFailover}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := pooled(t, "2a 0a 0b 1a 1b", Config{Bugs: tt.bugs})
			for n := range strings.FieldsSeq(tt.down) {
				mark(p, n, false)
			}
			if got := serving(p); got != tt.want {
				t.Errorf("served by %s, want %s", got, tt.want)
			}
		})
	}
}

func TestTiersFallBackAndTheBugThatDoesNot(t *testing.T) {
	for _, tt := range []struct {
		bugs []string
		want string
	}{{nil, "0a"}, {[]string{bug.NoFailback}, "1a"}} {
		p, _ := pooled(t, "0a 1a", Config{Bugs: tt.bugs})
		mark(p, "0a", false)
		if got := serving(p); got != "1a" {
			t.Fatalf("served by %s, want 1a", got)
		}
		mark(p, "0a", true)
		if got := serving(p); got != tt.want {
			t.Errorf("bugs %v: after healing served by %s, want %s", tt.bugs, got, tt.want)
		}
	}
}

func TestRetriesGoOnToOtherTiers(t *testing.T) {
	p, _ := pooled(t, "0a 0b 1a", Config{})
	var tried []*upstream
	for range 3 {
		tried = append(tried, p.pick("", tried))
	}
	names := []string{tried[0].Name, tried[1].Name}
	slices.Sort(names)
	if !slices.Equal(names, []string{"0a", "0b"}) || tried[2].Name != "1a" {
		t.Errorf("tried %v, then %s", names, tried[2].Name)
	}
	if u := p.pick("", tried); u != nil {
		t.Errorf("a fourth of three: %s", u.Name)
	}
}

func fail(p *pool, name string, n int, o outcome) {
	i := slices.IndexFunc(p.all, func(u *upstream) bool { return u.Name == name })
	for range n {
		p.mu.Lock()
		p.all[i].inflight++
		p.mu.Unlock()
		p.done(p.all[i], o, "timeout")
	}
}

func TestEjectionAndReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, told := pooled(t, "0a 0b", Config{Eject: Eject{Failures: 3, For: 5 * time.Second}})
		fail(p, "0a", 2, bad)
		fail(p, "0a", 1, good)
		fail(p, "0a", 2, bad)
		fail(p, "0a", 9, neutral)
		if got := serving(p); got != "0a 0b" {
			t.Fatalf("two failures in a row ejected: served by %s", got)
		}
		fail(p, "0a", 1, bad)
		if got := serving(p); got != "0b" {
			t.Fatalf("three failures in a row: served by %s", got)
		}
		time.Sleep(4999 * time.Millisecond)
		if got := serving(p); got != "0b" {
			t.Errorf("came back too early: %s", got)
		}
		time.Sleep(2 * time.Millisecond)
		synctest.Wait()
		if got := serving(p); got != "0a 0b" {
			t.Errorf("did not come back: %s", got)
		}
		fail(p, "0a", 1, bad) // on probation
		if got := serving(p); got != "0b" {
			t.Errorf("failed on probation but serves: %s", got)
		}
		fail(p, "0b", 3, bad)
		if got := serving(p); got != "0a 0b" {
			t.Errorf("all ejected, none known to be dead: served by %s", got)
		}
		want := []string{"-0a passive", "+0a passive", "-0a passive", "-0b passive"}
		if !slices.Equal(*told, want) {
			t.Errorf("told %v, want %v", *told, want)
		}
	})
}

func TestActiveChecksEndAnEjection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, told := pooled(t, "0a", Config{Eject: Eject{Failures: 1, For: time.Hour}})
		fail(p, "0a", 1, bad)
		for i, want := range []bool{false, true} {
			p.checked("0a", health.Result{Healthy: true}, 2)
			if got := p.states()[0].Healthy; got != want {
				t.Errorf("after %d passed checks: healthy is %v", i+1, got)
			}
		}
		if want := []string{"-0a passive", "+0a active"}; !slices.Equal(*told, want) {
			t.Errorf("told %v, want %v", *told, want)
		}
	})
}

func TestVerdictsAreToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, told := pooled(t, "0a", Config{Eject: Eject{Failures: 1, For: time.Second}})
		fail(p, "0a", 1, bad)
		mark(p, "0a", false) // it was told already
		time.Sleep(2 * time.Second)
		synctest.Wait() // the ejection ends, but checks find it dead
		mark(p, "0a", true)
		if want := []string{"-0a passive", "+0a active"}; !slices.Equal(*told, want) {
			t.Errorf("told %v, want %v", *told, want)
		}
		if !p.ready() {
			t.Error("not ready with a healthy upstream")
		}
	})
}

func TestBudgetBoundsRetries(t *testing.T) {
	b := newBudget(Retries{Budget: 0.1, Burst: 5})
	retries := 0
	for range 1000 {
		b.deposit()
		for b.withdraw() {
			retries++
		}
	}
	if want := 5 + 1000/10; retries > want || retries < want-5 {
		t.Errorf("%d retries for 1000 requests, want %d at most", retries, want)
	}
}

// The bugs that a drill must see: one chooses the unhealthy as gladly, and never
// another tier; the other knows one way to balance.
func TestBugsOfTheChoice(t *testing.T) {
	p, _ := pooled(t, "0a 0b 1c", Config{Bugs: []string{bug.BlindBalancer}})
	mark(p, "0a", false)
	if got := serving(p); got != "0a 0b" {
		t.Errorf("blind: with 0a down %s serve", got)
	}
	mark(p, "0b", false)
	if got := serving(p); got != "0a 0b" {
		t.Errorf("blind: with both down %s serve", got)
	}
	for _, tt := range []struct {
		bugs []string
		want string
	}{{nil, "one"}, {[]string{bug.OneBalance}, "0a 0b 0c"}} {
		p, _ := pooled(t, "0a 0b 0c", Config{Balance: IPHash, Bugs: tt.bugs})
		if got := serving(p); got != tt.want && (tt.want != "one" || strings.Contains(got, " ")) {
			t.Errorf("%v: %s serve, want %s", tt.bugs, got, tt.want)
		}
	}
}
