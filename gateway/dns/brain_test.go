package dns

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/emit"
	"github.com/drillctl/drillctl/gateway/health"
)

var abc = []string{"a", "b", "c"}

// three is the config of the node in region me of three regions with a gateway
// each, named after the region.
func three(me string, bugs ...string) Config {
	c := Config{Name: me + "-dns-1", Region: me, Bugs: bugs}
	for i, name := range abc {
		c.Regions = append(c.Regions, Region{Name: name, Gateways: []Gateway{
			{Name: name + "-gateway-1", Addr4: netip.AddrFrom4([4]byte{10, 0, byte(i), 1}), Addr6: netip.MustParseAddr("fd00::" + name)},
			{Name: name + "-gateway-2", Addr4: netip.AddrFrom4([4]byte{10, 0, byte(i), 2})},
		}})
		c.Servers = append(c.Servers, Server{Name: name + "-dns-1", Region: name, Addr4: netip.AddrFrom4([4]byte{10, 0, byte(i), 9})})
	}
	return c.Defaults()
}

// A node of a test: its brain and what it has told.
type node struct {
	*brain
	out bytes.Buffer
}

func newNode(c Config) *node {
	n := &node{}
	n.brain = newBrain(c, emit.New(&n.out, emit.Node{Name: c.Name, Region: c.Region}))
	return n
}

// sees feeds the node's own checks: the regions named are healthy.
func (n *node) sees(healthy string) {
	for _, region := range abc {
		for i := range 2 {
			up := strings.Contains(healthy, region)
			name := fmt.Sprintf("%s-gateway-%d", region, i+1)
			if was, known := n.own.Gateways[name]; !known || was != up {
				n.checked(health.Result{Target: health.Target{Name: name, Region: region}, Healthy: up, Changed: true})
			}
		}
	}
}

// hears feeds the views of peers.
func (n *node) hears(healthy string, from ...string) {
	for _, peer := range from {
		v := View{Name: peer + "-dns-1", Region: peer, Gateways: map[string]bool{}}
		for _, region := range abc {
			v.Gateways[region+"-gateway-1"] = strings.Contains(healthy, region)
			v.Gateways[region+"-gateway-2"] = strings.Contains(healthy, region)
		}
		n.hear(v)
	}
}

// answers is the region answered, or SERVFAIL.
func (n *node) answers() string {
	t := n.table.Load()
	if !t.answering {
		return "SERVFAIL"
	}
	return strings.Join(t.regions, ",")
}

// told lists the events of a kind.
func (n *node) told(kind drill.Kind) []string {
	var all []string
	for line := range strings.Lines(n.out.String()) {
		var e emit.Line
		if json.Unmarshal([]byte(line), &e) == nil && e.Kind == kind {
			if kind == drill.KindHealth {
				all = append(all, e.Subject+" "+e.Data["to"]+" "+e.Data["via"])
			} else {
				all = append(all, e.Data["from"]+">"+e.Data["to"])
			}
		}
	}
	return all
}

func TestFailoverByMajorityAndBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode(three("b"))
		n.sees("abc")
		n.hears("abc", "a", "c")
		if n.answers() != "a" {
			t.Fatalf("at the start: %s", n.answers())
		}
		n.sees("bc") // we alone do not see a: a matter between us two
		if n.answers() != "a" {
			t.Errorf("one of three was enough: %s", n.answers())
		}
		n.hears("bc", "c")
		if n.answers() != "b" {
			t.Errorf("two of three were not enough: %s", n.answers())
		}
		n.sees("abc")
		n.hears("abc", "c")
		if n.answers() != "a" {
			t.Errorf("no failback: %s", n.answers())
		}
		if got, want := n.told(drill.KindRoute), []string{">a", "a>b", "b>a"}; !slices.Equal(got, want) {
			t.Errorf("routes told: %v, want %v", got, want)
		}
		if got := n.told(drill.KindHealth); !slices.Contains(got, "a unhealthy majority") || !slices.Contains(got, "a-gateway-1 unhealthy active") {
			t.Errorf("health told: %v", got)
		}
	})
}

// The cut-off node abstains once its peers' views are stale, unless it has the
// bug; the others go on.
func TestIsolation(t *testing.T) {
	for _, tt := range []struct {
		bugs []string
		want string
	}{{nil, "SERVFAIL"}, {[]string{bug.SplitBrain}, "a"}} {
		synctest.Test(t, func(t *testing.T) {
			n := newNode(three("a", tt.bugs...))
			n.sees("abc")
			n.hears("abc", "b", "c")
			time.Sleep(n.config.stale())
			n.tick()
			if n.answers() != "a" {
				t.Errorf("abstains too early: %s", n.answers())
			}
			time.Sleep(time.Millisecond)
			n.sees("a")
			n.tick()
			if n.answers() != tt.want {
				t.Errorf("bugs %v: isolated, it answers %s, want %s", tt.bugs, n.answers(), tt.want)
			}
			n.hears("bc", "b")
			if tt.bugs == nil && n.answers() != "a" { // one against one
				t.Errorf("with one peer back: %s", n.answers())
			}
			n.hears("bc", "c")
			if n.answers() != "b" {
				t.Errorf("outvoted, it answers %s", n.answers())
			}
		})
	}
}

// TestBackFromIsolation has a node that saw nobody while it was cut off: the first
// peer to come back is not outvoted by that.
func TestBackFromIsolation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode(three("a"))
		n.sees("abc")
		n.hears("abc", "b", "c")
		time.Sleep(n.config.stale() + time.Millisecond)
		n.sees("")
		n.tick()
		n.hears("bc", "b")
		if n.answers() != "b" {
			t.Errorf("with one peer back it answers %s, want b", n.answers())
		}
		if got := n.told(drill.KindHealth); slices.Contains(got, "b unhealthy majority") {
			t.Errorf("it called b unhealthy: %v", got)
		}
	})
}

func TestFailOpenAndTheOtherBugs(t *testing.T) {
	for _, tt := range []struct {
		name, bug string
		steps     []string // what all three see in turn
		want      string   // what is answered after each
	}{
		{"all regions sick", "", []string{"abc", "bc", "", "c"}, "a b a c"},
		{"no failover", bug.NoFailover, []string{"abc", "bc", "c"}, "a a a"},
		{"no failback", bug.NoFailback, []string{"abc", "bc", "abc", "ac"}, "a b b a"},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := newNode(three("b", tt.bug))
			var got []string
			for _, healthy := range tt.steps {
				n.sees(healthy)
				n.hears(healthy, "a", "c")
				got = append(got, n.answers())
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("%s: answers %v, want %s", tt.name, got, tt.want)
			}
		})
	}
}

// The first answer waits for the primary, but not for ever, and not where
// others answer already.
func TestFirstAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode(three("b"))
		n.sees("b")
		n.hears("b", "a", "c")
		if n.answers() != "SERVFAIL" {
			t.Errorf("answers %s before the primary is up", n.answers())
		}
		time.Sleep(grace + time.Millisecond)
		n.hears("b", "a", "c")
		if n.answers() != "b" {
			t.Errorf("after the grace time: %s", n.answers())
		}

		joins := newNode(three("b"))
		joins.hear(View{Name: "c-dns-1", Settled: true, Gateways: maps.Clone(n.own.Gateways)})
		if joins.answers() != "SERVFAIL" {
			t.Errorf("answers %s before it has checked anything", joins.answers())
		}
		joins.sees("b")
		if joins.answers() != "b" {
			t.Errorf("joining others, it answers %s", joins.answers())
		}
	})
}

func TestStrangersAreNotHeard(t *testing.T) {
	n := newNode(three("a"))
	n.hear(View{Name: "evil"})
	n.hear(View{Name: "a-dns-1"})
	if len(n.peers) != 0 {
		t.Errorf("heard %v", n.peers)
	}
}

// measures feeds the node's own checks with how long they took.
func (n *node) measures(region string, took time.Duration) {
	for i := range 2 {
		n.checked(health.Result{Target: health.Target{Name: fmt.Sprintf("%s-gateway-%d", region, i+1), Region: region}, Healthy: true, Took: took})
	}
}

// Clients near a region go by what that region's own traffic manager measures,
// as told to the others; with the bug, by what it measured at first.
func TestLatencyByPlace(t *testing.T) {
	for _, tt := range []struct{ bug, want string }{{"", "c"}, {bug.StaleLatency, "b"}} {
		synctest.Test(t, func(t *testing.T) {
			c := three("b", tt.bug)
			c.Policy = Latency
			b := newNode(c)
			far := three("a", tt.bug)
			far.Policy = Latency
			a := newNode(far)
			for _, n := range []*node{a, b} {
				n.sees("abc")
			}
			round := func(fromB map[string]time.Duration) {
				for range 3 {
					for region, took := range fromB {
						b.measures(region, took)
					}
					a.measures("a", time.Millisecond)
				}
				a.hear(b.view())
				b.hear(a.view())
				b.hears("abc", "c")
				a.hears("abc", "c")
			}
			round(map[string]time.Duration{"a": 90 * time.Millisecond, "b": time.Millisecond, "c": 40 * time.Millisecond})
			if got := fmt.Sprint(a.table.Load().near["b"], b.table.Load().near["b"], a.table.Load().near["a"]); got != "[b] [b] [a]" {
				t.Fatalf("at first: %s", got)
			}
			round(map[string]time.Duration{"a": 90 * time.Millisecond, "b": 300 * time.Millisecond, "c": 40 * time.Millisecond})
			if got, want := fmt.Sprint(a.table.Load().near["b"], b.table.Load().near["b"], a.table.Load().near["a"]), fmt.Sprintf("[%s] [%s] [a]", tt.want, tt.want); got != want {
				t.Errorf("bug %q: with b slow: %s, want %s", tt.bug, got, want)
			}
		})
	}
}
