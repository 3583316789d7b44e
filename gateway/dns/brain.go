package dns

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/emit"
	"github.com/drillctl/drillctl/gateway/health"
)

// grace is how long the first answer waits for the primary to come up.
const grace = 10 * time.Second

// A table is what is answered now; it is never changed, only replaced.
type table struct {
	answering bool                // or SERVFAIL
	regions   []string            // of the entry, for clients of whom nothing is known
	near      map[string][]string // and for those near a region, where the policy cares
	healthy   map[string]bool     // gateways by name
}

// A brain knows the views of all traffic managers and decides on the table.
type brain struct {
	config Config
	events *emit.Emitter
	policy Policy
	names  []string        // of all gateways
	wake   []chan struct{} // one per peer: our view has changed
	table  atomic.Pointer[table]

	mu     sync.Mutex
	own    View
	times  map[string]*timing // of our own checks, by gateway
	peers  map[string]heard   // by name
	judged map[string]bool    // regions of which a verdict was told
	began  time.Time
}

// heard is a peer's view and when it came.
type heard struct {
	View
	at time.Time
}

func newBrain(c Config, events *emit.Emitter) *brain {
	b := &brain{config: c, events: events, policy: policies()[c.Policy],
		own:   View{Name: c.Name, Region: c.Region, Gateways: map[string]bool{}, Latency: map[string]time.Duration{}},
		times: map[string]*timing{},
		peers: map[string]heard{}, judged: map[string]bool{}, began: time.Now()}
	if c.has(bug.NoFailback) {
		b.policy = sticky{b.policy}
	}
	if c.has(bug.NoFailover) {
		b.policy = never{b.policy}
	}
	for _, r := range c.Regions {
		for _, g := range r.Gateways {
			b.names = append(b.names, g.Name)
		}
	}
	for range len(c.Servers) {
		b.wake = append(b.wake, make(chan struct{}, 1))
	}
	b.table.Store(&table{})
	return b
}

// checked takes in one of our own checks.
func (b *brain) checked(r health.Result) {
	b.clock(r)
	if !r.Changed {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.own.Gateways[r.Target.Name] = r.Healthy
	b.tellHealth(r.Target.Name, r.Target.Region, r.Healthy, "active", r.Note)
	b.decide()
	for _, w := range b.wake {
		select {
		case w <- struct{}{}:
		default: // it is about to be told anyway
		}
	}
}

// clock notes how long a gateway took to answer.
func (b *brain) clock(r health.Result) {
	if r.Err != nil || r.Took <= 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.times[r.Target.Name]
	if t == nil {
		t = &timing{}
		b.times[r.Target.Name] = t
	}
	if b.config.has(bug.StaleLatency) && t.n >= len(t.last) {
		return
	}
	t.add(r.Took)
	b.own.Latency[r.Target.Name] = t.median()
}

// hear takes in a peer's view.
func (b *brain) hear(v View) {
	known := func(s Server) bool { return s.Name == v.Name }
	if v.Name == b.config.Name || !slices.ContainsFunc(b.config.Servers, known) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.peers[v.Name] = heard{View: v, at: time.Now()}
	b.decide()
}

// tick decides anew because time has passed: views grow stale.
func (b *brain) tick() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.decide()
}

// view is a copy of what this node sees.
func (b *brain) view() View {
	b.mu.Lock()
	defer b.mu.Unlock()
	v := b.own
	v.Gateways, v.Latency = maps.Clone(v.Gateways), maps.Clone(v.Latency)
	return v
}

func (b *brain) tellHealth(subject, region string, healthy bool, via, note string) {
	to := drill.Unhealthy
	if healthy {
		to = drill.Healthy
	}
	b.events.Event(drill.KindHealth, subject, region, map[string]string{"to": to, "by": b.config.Name, "via": via}, note)
}

func (b *brain) tellRoute(before, now *table) {
	if before.answering != now.answering {
		note := "reaches a majority of the traffic managers: answers"
		if !now.answering {
			note = "cut off from a majority of the traffic managers: answers SERVFAIL"
		}
		b.events.Event(drill.KindNote, "", "", nil, note)
	}
	if from, to := strings.Join(before.regions, ","), strings.Join(now.regions, ","); from != to {
		b.events.Event(drill.KindRoute, b.config.Zone, "", map[string]string{"from": from, "to": to, "by": b.config.Name}, "")
	}
	for _, r := range b.config.Regions {
		if from, to := strings.Join(before.near[r.Name], ","), strings.Join(now.near[r.Name], ","); from != to {
			b.events.Event(drill.KindRoute, b.config.Zone, "", map[string]string{"from": from, "to": to, "by": b.config.Name, "clients": r.Name}, "")
		}
	}
}
