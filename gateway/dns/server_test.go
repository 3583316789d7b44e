package dns

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/emit"
	"github.com/drillctl/drillctl/gateway/health"
)

// free finds a port that is free for TCP and UDP.
func free(t *testing.T) uint16 {
	for range 20 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		at := netip.MustParseAddrPort(l.Addr().String())
		p, err := net.ListenPacket("udp", at.String())
		_ = l.Close()
		if err == nil {
			_ = p.Close()
			return at.Port()
		}
	}
	t.Fatal("no free port")
	return 0
}

// served answers DNS from a table on loopback, without any checks.
func served(t *testing.T, now table) (at string) { return servedWith(t, three("a"), now) }

func servedWith(t *testing.T, c Config, now table) (at string) {
	t.Helper()
	c.Addr4, c.Port = netip.MustParseAddr("127.0.0.1"), free(t)
	b := newBrain(c, emit.New(io.Discard, emit.Node{}))
	b.table.Store(&now)
	servers, err := open(t.Context(), c, newResponder(b))
	if err != nil {
		t.Fatal(err)
	}
	serve(servers)
	t.Cleanup(func() {
		if err := shut(servers); err != nil {
			t.Error(err)
		}
	})
	return netip.AddrPortFrom(c.Addr4, c.Port).String()
}

func up(names ...string) map[string]bool {
	all := map[string]bool{}
	for _, n := range names {
		all[n] = true
	}
	return all
}

func TestAnswers(t *testing.T) {
	at := served(t, table{answering: true, regions: []string{"a"}, healthy: up("a-gateway-1", "a-gateway-2", "b-gateway-2")})
	for _, tt := range []struct {
		name  string
		qtype uint16
		rcode int
		want  string // sorted values of the answer
	}{
		{"api.drill.test.", dns.TypeA, dns.RcodeSuccess, "10.0.0.1 10.0.0.2"},
		{"api.drill.test.", dns.TypeAAAA, dns.RcodeSuccess, "fd00::a"},
		{"API.Drill.TEST.", dns.TypeA, dns.RcodeSuccess, "10.0.0.1 10.0.0.2"},
		{"b.api.drill.test.", dns.TypeA, dns.RcodeSuccess, "10.0.1.2"},
		{"b.api.drill.test.", dns.TypeAAAA, dns.RcodeSuccess, ""},
		{"c.api.drill.test.", dns.TypeA, dns.RcodeSuccess, "10.0.2.1 10.0.2.2"}, // none healthy: all
		{"b-dns-1.api.drill.test.", dns.TypeA, dns.RcodeSuccess, "10.0.1.9"},
		{"api.drill.test.", dns.TypeMX, dns.RcodeSuccess, ""},
		{"api.drill.test.", dns.TypeNS, dns.RcodeSuccess, "a-dns-1.api.drill.test. b-dns-1.api.drill.test. c-dns-1.api.drill.test."},
		{"api.drill.test.", dns.TypeSOA, dns.RcodeSuccess, "a-dns-1.api.drill.test."},
		{"nowhere.api.drill.test.", dns.TypeA, dns.RcodeNameError, ""},
		{"x.b.api.drill.test.", dns.TypeA, dns.RcodeNameError, ""},
		{"example.org.", dns.TypeA, dns.RcodeRefused, ""},
		{"notapi.drill.test.", dns.TypeA, dns.RcodeRefused, ""},
	} {
		for _, network := range []string{"udp", "tcp"} {
			res, _, err := (&dns.Client{Net: network}).ExchangeContext(t.Context(), new(dns.Msg).SetQuestion(tt.name, tt.qtype), at)
			if err != nil {
				t.Fatalf("%s %s: %v", network, tt.name, err)
			}
			if got := values(res.Answer); res.Rcode != tt.rcode || got != tt.want {
				t.Errorf("%s %s %s: %s %q, want %s %q", network, tt.name, dns.TypeToString[tt.qtype],
					dns.RcodeToString[res.Rcode], got, dns.RcodeToString[tt.rcode], tt.want)
			}
			if refused := res.Rcode == dns.RcodeRefused; res.Authoritative == refused || (len(res.Ns) == 1) != (tt.want == "" && !refused) {
				t.Errorf("%s: authoritative %v with %d authority records", tt.name, res.Authoritative, len(res.Ns))
			}
			for _, rr := range res.Answer {
				if !strings.EqualFold(rr.Header().Name, tt.name) || rr.Header().Ttl != 1 {
					t.Errorf("%s: answered %v", tt.name, rr)
				}
			}
		}
	}
}

func values(rrs []dns.RR) string {
	var all []string
	for _, rr := range rrs {
		switch rr := rr.(type) {
		case *dns.A:
			all = append(all, rr.A.String())
		case *dns.AAAA:
			all = append(all, rr.AAAA.String())
		case *dns.NS:
			all = append(all, rr.Ns)
		case *dns.SOA:
			all = append(all, rr.Ns)
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func TestOrderIsShuffled(t *testing.T) {
	at := served(t, table{answering: true, regions: []string{"a"}, healthy: up("a-gateway-1", "a-gateway-2")})
	first := map[string]int{}
	for range 100 {
		res, err := dns.Exchange(new(dns.Msg).SetQuestion("api.drill.test.", dns.TypeA), at)
		if err != nil {
			t.Fatal(err)
		}
		first[values(res.Answer[:1])]++
	}
	if len(first) != 2 || first["10.0.0.1"] < 20 || first["10.0.0.2"] < 20 {
		t.Errorf("first addresses of 100 answers: %v", first)
	}
}

func TestAbstainingNode(t *testing.T) {
	at := served(t, table{regions: []string{"a"}})
	for name, want := range map[string]int{"api.drill.test.": dns.RcodeServerFailure,
		"a.api.drill.test.": dns.RcodeServerFailure, "a-dns-1.api.drill.test.": dns.RcodeSuccess} {
		res, err := dns.Exchange(new(dns.Msg).SetQuestion(name, dns.TypeA), at)
		if err != nil {
			t.Fatal(err)
		}
		if res.Rcode != want || want == dns.RcodeServerFailure && len(res.Answer) > 0 {
			t.Errorf("%s: %s with %d answers", name, dns.RcodeToString[res.Rcode], len(res.Answer))
		}
	}
}

func TestOddQueries(t *testing.T) {
	at := served(t, table{answering: true, regions: []string{"a"}})
	ask := func(change func(*dns.Msg)) *dns.Msg {
		t.Helper()
		q := new(dns.Msg).SetQuestion("api.drill.test.", dns.TypeA)
		change(q)
		res, err := dns.Exchange(q, at)
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	res := ask(func(q *dns.Msg) { q.SetEdns0(4096, true) })
	if opt := res.IsEdns0(); opt == nil || opt.UDPSize() != udpSize || len(res.Answer) != 2 {
		t.Errorf("EDNS: %v", res)
	}
	if res := ask(func(*dns.Msg) {}); res.IsEdns0() != nil {
		t.Error("EDNS unasked")
	}
	for name, tt := range map[string]struct {
		change func(*dns.Msg)
		want   int
	}{
		"update":       {func(q *dns.Msg) { q.Opcode = dns.OpcodeUpdate }, dns.RcodeNotImplemented},
		"no question":  {func(q *dns.Msg) { q.Question = nil }, dns.RcodeFormatError},
		"chaos":        {func(q *dns.Msg) { q.Question[0].Qclass = dns.ClassCHAOS }, dns.RcodeRefused},
		"EDNS version": {func(q *dns.Msg) { q.SetEdns0(1232, false); q.IsEdns0().SetVersion(1) }, dns.RcodeBadVers},
	} {
		if res := ask(tt.change); res.Rcode != tt.want || len(res.Answer) > 0 {
			t.Errorf("%s: %s with %d answers", name, dns.RcodeToString[res.Rcode], len(res.Answer))
		}
	}
}

// Three whole nodes: the primary's gateway goes silent, and all name servers
// move to the next region within the promised time; then they go back.
func TestThreeNodesFailOver(t *testing.T) {
	c := Config{Health: health.Config{Interval: 200 * time.Millisecond, Timeout: 100 * time.Millisecond, Threshold: 2, Success: 2}}
	var silent atomic.Bool
	for i, name := range abc {
		h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if i == 0 && silent.Load() {
				<-r.Context().Done()
			}
		})
		srv := httptest.NewServer(h)
		defer srv.Close()
		c.Regions = append(c.Regions, Region{Name: name, Gateways: []Gateway{
			{Name: name + "-gateway-1", Addr4: netip.AddrFrom4([4]byte{10, 0, byte(i), 1}), URL: srv.URL}}})
		c.Servers = append(c.Servers, Server{Name: name + "-dns-1", Region: name,
			Admin: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), free(t))})
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 3)
	var at []string
	for _, s := range c.Servers {
		me := c
		me.Name, me.Region, me.Addr4, me.Port, me.Admin = s.Name, s.Region, netip.MustParseAddr("127.0.0.1"), free(t), s.Admin.Port()
		at = append(at, fmt.Sprintf("127.0.0.1:%d", me.Port))
		go func() { ended <- Run(ctx, me, emit.New(io.Discard, emit.Node{Name: me.Name})) }()
	}
	all := func(want string) time.Duration {
		t.Helper()
		began := time.Now()
		for _, server := range at {
			got := ""
			for got != want {
				if res, err := dns.Exchange(new(dns.Msg).SetQuestion("api.drill.test.", dns.TypeA), server); err == nil {
					got = values(res.Answer)
				}
				if time.Since(began) > 10*time.Second {
					t.Fatalf("%s answers %q, not %q", server, got, want)
				}
				time.Sleep(2 * time.Millisecond)
			}
		}
		return time.Since(began)
	}
	all("10.0.0.1")
	silent.Store(true)
	if took := all("10.0.1.1"); took > c.Health.Worst()+time.Second { // the second is for a slow machine
		t.Errorf("failover took %v, promised are %v", took, c.Health.Worst())
	}
	silent.Store(false)
	all("10.0.0.1")
	stop()
	for range 3 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// The answer depends on who asks, where the policy is about clients; and its TTL
// is the one that is configured, but for the bug.
func TestAnswersByAsker(t *testing.T) {
	loop := netip.MustParseAddr("127.0.0.1")
	for _, tt := range []struct {
		name, policy string
		bugs         []string
		clients      []Client
		weights      []int
		want         string
		ttl          uint32
	}{
		{"from b", Geo, nil, []Client{{Addr4: loop, Near: "b"}}, nil, "10.0.1.1", 1},
		{"from nowhere known", Geo, nil, []Client{{Addr4: netip.MustParseAddr("10.9.9.9"), Near: "b"}}, nil, "10.0.0.1", 1},
		{"all the weight on c", Weighted, nil, nil, []int{0, 0, 1000}, "10.0.2.1", 1},
		{"bug", Geo, []string{bug.LongTTL}, []Client{{Addr4: loop, Near: "b"}}, nil, "10.0.1.1", 60},
	} {
		c := three("a", tt.bugs...)
		c.Policy, c.Clients = tt.policy, tt.clients
		now := table{answering: true, regions: []string{"a"}, healthy: up("a-gateway-1", "b-gateway-1", "c-gateway-1")}
		for i, w := range tt.weights {
			c.Regions[i].Weight = w
		}
		if tt.policy == Weighted {
			now.regions = weighted{}.Choose(nil, candidates(c.Regions, now.healthy))
		} else {
			now.near = map[string][]string{"a": {"a"}, "b": {"b"}, "c": {"c"}}
		}
		res, err := dns.Exchange(new(dns.Msg).SetQuestion("api.drill.test.", dns.TypeA), servedWith(t, c, now))
		if err != nil {
			t.Fatal(err)
		}
		if got := values(res.Answer); got != tt.want || res.Answer[0].Header().Ttl != tt.ttl {
			t.Errorf("%s: %v, want %s", tt.name, res.Answer, tt.want)
		}
	}
}

// Two to one in weights are two to one in answers; with the bug, one to one.
func TestWeightsAndTheirBug(t *testing.T) {
	for _, tt := range []struct {
		bugs   []string
		lo, hi int
	}{{nil, 63, 70}, {[]string{bug.EqualWeights}, 46, 54}} {
		c := three("a", tt.bugs...)
		c.Policy = Weighted
		c.Regions[0].Weight, c.Regions[1].Weight = 20, 10
		n := 0
		for i := range 100 {
			if draw([]string{"a", "b"}, c.weight, netip.MustParseAddr("10.0.0.7"), time.Unix(int64(i), 0), time.Second) == "a" {
				n++
			}
		}
		if n < tt.lo || n > tt.hi {
			t.Errorf("%v: %d of 100", tt.bugs, n)
		}
	}
}
