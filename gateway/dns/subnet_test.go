package dns

import (
	"net"
	"net/netip"
	"testing"

	"github.com/miekg/dns"

	"github.com/drillctl/drillctl/gateway/bug"
)

// subnetted is a config that takes the word of loopback for three networks.
func subnetted(policy string, bugs ...string) Config {
	c := three("a", bugs...)
	c.Policy = policy
	loop := netip.MustParseAddr("127.0.0.1")
	c.Clients = []Client{{Addr4: loop, Near: "a"}}
	c.Resolvers = []netip.Addr{loop}
	c.Nets = []Net{{netip.MustParsePrefix("10.9.1.0/24"), "a"}, {netip.MustParsePrefix("10.9.2.0/24"), "b"}, {netip.MustParsePrefix("10.9.3.0/24"), "c"}}
	return c
}

func subnet(family uint16, address string, source, scope uint8) *dns.EDNS0_SUBNET {
	return &dns.EDNS0_SUBNET{Code: dns.EDNS0SUBNET, Family: family, Address: net.ParseIP(address), SourceNetmask: source, SourceScope: scope}
}

// askFor asks over the wire in the name of a subnet.
func askFor(t *testing.T, at string, e *dns.EDNS0_SUBNET) *dns.Msg {
	t.Helper()
	q := new(dns.Msg).SetQuestion("api.drill.test.", dns.TypeA).SetEdns0(udpSize, false)
	q.IsEdns0().Option = append(q.IsEdns0().Option, e)
	res, err := dns.Exchange(q, at)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// The answer is for the clients and not for their resolver, and says for how many
// others it holds, too.
func TestAnswersBySubnet(t *testing.T) {
	now := table{answering: true, regions: []string{"a"}, healthy: up("a-gateway-1", "b-gateway-1", "c-gateway-1"),
		near: map[string][]string{"a": {"a"}, "b": {"b"}, "c": {"c"}}}
	alike := now
	alike.near = nil
	other := subnetted(Geo)
	other.Resolvers = []netip.Addr{netip.MustParseAddr("10.9.9.9")}
	for _, tt := range []struct {
		name  string
		c     Config
		now   table
		e     *dns.EDNS0_SUBNET
		want  string
		scope int // -1: the answer has no such option
	}{
		{"near b", subnetted(Geo), now, subnet(1, "10.9.2.0", 24, 0), "10.0.1.1", 24},
		{"near c, and more than need be known", subnetted(Geo), now, subnet(1, "10.9.3.128", 25, 0), "10.0.2.1", 24},
		{"too little to know where", subnetted(Geo), now, subnet(1, "10.9.0.0", 16, 0), "10.0.0.1", 16},
		{"nowhere known", subnetted(Geo), now, subnet(2, "2001:db8::", 56, 0), "10.0.0.1", 56},
		{"clients that tell nothing are where their resolver is", subnetted(Geo), now, subnet(1, "0.0.0.0", 0, 0), "10.0.0.1", 0},
		{"all clients alike", subnetted(Failover), alike, subnet(1, "10.9.2.0", 24, 0), "10.0.0.1", 0},
		{"a resolver of which nobody knows", other, now, subnet(1, "10.9.2.0", 24, 0), "10.0.0.1", -1},
		{"bug", subnetted(Geo, bug.RoutesByResolver), now, subnet(1, "10.9.2.0", 24, 0), "10.0.0.1", -1},
	} {
		res := askFor(t, servedWith(t, tt.c, tt.now), tt.e)
		if got := values(res.Answer); got != tt.want {
			t.Errorf("%s: answered %q, want %s", tt.name, got, tt.want)
		}
		scope := -1
		if e := subnetOf(res.IsEdns0()); e != nil {
			scope = int(e.SourceScope)
			if e.Family != tt.e.Family || e.SourceNetmask != tt.e.SourceNetmask || !e.Address.Equal(tt.e.Address) {
				t.Errorf("%s: asked for %v, answered for %v", tt.name, tt.e, e)
			}
		}
		if scope != tt.scope {
			t.Errorf("%s: scope %d, want %d", tt.name, scope, tt.scope)
		}
	}
}

// A query must leave the scope open. (The library's own packing hides bits beyond
// the source prefix.)
func TestMalformedSubnets(t *testing.T) {
	at := servedWith(t, subnetted(Geo), table{answering: true, regions: []string{"a"}, healthy: up("a-gateway-1")})
	if res := askFor(t, at, subnet(1, "10.9.2.0", 24, 24)); res.Rcode != dns.RcodeFormatError || len(res.Answer) > 0 {
		t.Errorf("a scope in the query: %v", res)
	}
	if _, ok := prefixOf(subnet(1, "10.9.2.1", 24, 0)); ok {
		t.Error("an address beyond its prefix is sound")
	}
	if _, ok := prefixOf(subnet(1, "10.9.2.0", 33, 0)); ok {
		t.Error("33 bits of IPv4 are sound")
	}
}

// Each subnet draws for itself: behind one resolver not everyone goes to the
// same region.
func TestWeightedDrawsBySubnet(t *testing.T) {
	c := subnetted(Weighted)
	for i := range c.Regions {
		c.Regions[i].Weight = 1
	}
	at := servedWith(t, c, table{answering: true, regions: abc, healthy: up("a-gateway-1", "b-gateway-1", "c-gateway-1")})
	seen := map[string]bool{}
	for _, a := range []string{"10.9.1.0", "10.9.2.0", "10.9.3.0", "10.9.4.0", "10.9.5.0", "10.9.6.0"} {
		res := askFor(t, at, subnet(1, a, 24, 0))
		seen[values(res.Answer)] = true
		if e := subnetOf(res.IsEdns0()); e == nil || e.SourceScope != 24 {
			t.Errorf("%s: answered for %v", a, e)
		}
	}
	if len(seen) < 2 {
		t.Errorf("six subnets were all sent to %v", seen)
	}
}
