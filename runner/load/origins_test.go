package load_test

import (
	"maps"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/load"
)

// bySubnet answers each subnet with an address of its own, and notes who asked.
type bySubnet struct {
	mu    sync.Mutex
	to    map[string]string
	asked map[string]int
}

func (n *bySubnet) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	n.mu.Lock()
	defer n.mu.Unlock()
	m := new(dns.Msg).SetReply(q)
	subnet := ""
	if opt := q.IsEdns0(); opt != nil {
		for _, o := range opt.Option {
			if e, ok := o.(*dns.EDNS0_SUBNET); ok {
				subnet = e.Address.String()
			}
		}
	}
	if q.Question[0].Qtype == dns.TypeA {
		n.asked[subnet]++
		m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 60}, A: net.ParseIP(n.to[subnet])}}
	}
	w.WriteMsg(m)
}

// Two groups of clients share one grid, and nothing else: each asks DNS in its
// own name and has its own connections.
func TestClientsInTwoRegions(t *testing.T) {
	t.Parallel()
	ns := &bySubnet{to: map[string]string{"10.77.231.0": "127.0.0.21", "10.77.232.0": "127.0.0.22"}, asked: map[string]int{}}
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &dns.Server{PacketConn: conn, Handler: ns}
	go srv.ActivateAndServe()
	t.Cleanup(func() { srv.Shutdown() })
	l, tape := start(t, load.Config{URL: "http://api.drill.test:" + twoRegions(t), DNS: []netip.AddrPort{conn.LocalAddr().(*net.UDPAddr).AddrPort()}, ReadRate: 100, Seed: 5,
		Origins: []load.Origin{{Name: "us-east", Share: 0.7, Subnet: netip.MustParsePrefix("10.77.231.0/24")}, {Name: "eu", Share: 0.3, Subnet: netip.MustParsePrefix("10.77.232.0/24")}}})
	time.Sleep(900 * ms)
	stop(t, l)
	count, connected := map[string]int{}, map[string]bool{}
	samples := bySlot(tape.All(), drill.Read)
	for _, s := range samples {
		if want := map[string]string{"us-east": "127.0.0.21", "eu": "127.0.0.22"}[s.Origin]; s.Class != drill.OK || s.Region != want {
			t.Fatalf("%+v", s)
		}
		count[s.Origin]++
		connected[s.Origin] = connected[s.Origin] || !s.Reused
	}
	if n := len(samples); n < 50 || math.Abs(float64(count["us-east"])/float64(n)-0.7) > 0.05 {
		t.Errorf("%v of %d are near us-east", count["us-east"], n)
	}
	if !connected["us-east"] || !connected["eu"] {
		t.Errorf("connections were made by %v", connected)
	}
	ns.mu.Lock()
	defer ns.mu.Unlock()
	if got := slices.Sorted(maps.Keys(ns.asked)); !slices.Equal(got, []string{"10.77.231.0", "10.77.232.0"}) {
		t.Errorf("asked in the name of %v", ns.asked)
	}
}

// Each group of clients connects from its own address.
func TestClientsComeFromTheirAddress(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	from := map[string]bool{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		mu.Lock()
		defer mu.Unlock()
		from[host] = true
	}))
	t.Cleanup(srv.Close)
	l, _ := start(t, load.Config{URL: srv.URL, ReadRate: 100, Seed: 5, Origins: []load.Origin{
		{Name: "us-east", Share: 0.5, From: []netip.Addr{netip.MustParseAddr("::1"), netip.MustParseAddr("127.0.0.31")}},
		{Name: "eu", Share: 0.5, From: []netip.Addr{netip.MustParseAddr("127.0.0.32")}}}})
	time.Sleep(400 * ms)
	stop(t, l)
	mu.Lock()
	defer mu.Unlock()
	if got := slices.Sorted(maps.Keys(from)); !slices.Equal(got, []string{"127.0.0.31", "127.0.0.32"}) {
		t.Errorf("connections come from %v", got)
	}
}

func TestOriginsAreChecked(t *testing.T) {
	good := load.Config{URL: "http://api.drill.test", ReadRate: 1, Timeout: time.Second, Profile: load.Pooled}
	for _, all := range [][]load.Origin{
		{{Name: "a", Share: 0.5}, {Name: "a", Share: 0.5}}, {{Name: "a", Share: 0.5}, {Name: "b", Share: 0.4}}, {{Name: "", Share: 1}},
		{{Name: "a", Share: math.NaN()}, {Name: "b", Share: 1}}, {{Name: "a", Share: -1}, {Name: "b", Share: 2}},
	} {
		c := good
		c.Origins = all
		if c.Check() == nil {
			t.Errorf("%v was taken", all)
		}
	}
	good.Origins = []load.Origin{{Name: "a", Share: 0.333}, {Name: "b", Share: 0.667}}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
}
