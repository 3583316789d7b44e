package resolve_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/load/resolve"
)

var (
	one = netip.MustParseAddrPort("10.77.0.1:53")
	two = netip.MustParseAddrPort("10.77.0.2:53")
)

// A zone answers for servers, and notes who was asked for an IPv4 address.
type zone struct {
	mu    sync.Mutex
	reply map[netip.AddrPort]func(q *dns.Msg) (*dns.Msg, error)
	asked []netip.AddrPort
}

func (z *zone) exchange(ctx context.Context, server netip.AddrPort, q *dns.Msg) (*dns.Msg, error) {
	z.mu.Lock()
	if q.Question[0].Qtype == dns.TypeA {
		z.asked = append(z.asked, server)
	}
	reply := z.reply[server]
	z.mu.Unlock()
	if reply == nil { // silence
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return reply(q)
}

func (z *zone) set(server netip.AddrPort, reply func(q *dns.Msg) (*dns.Msg, error)) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.reply[server] = reply
}

func (z *zone) takeAsked() []netip.AddrPort {
	z.mu.Lock()
	defer z.mu.Unlock()
	out := z.asked
	z.asked = nil
	return out
}

// answer gives these records, of the type that is asked for.
func answer(records ...string) func(q *dns.Msg) (*dns.Msg, error) {
	return func(q *dns.Msg) (*dns.Msg, error) {
		m := new(dns.Msg).SetReply(q)
		for _, text := range records {
			rr, err := dns.NewRR(text)
			if err != nil {
				return nil, err
			}
			if rr.Header().Rrtype == q.Question[0].Qtype || rr.Header().Rrtype == dns.TypeCNAME {
				m.Answer = append(m.Answer, rr)
			}
		}
		return m, nil
	}
}

func code(rcode int) func(q *dns.Msg) (*dns.Msg, error) {
	return func(q *dns.Msg) (*dns.Msg, error) { return new(dns.Msg).SetRcode(q, rcode), nil }
}

const host = "api.drill.test"

func lookup(t *testing.T, r *resolve.Resolver, want string) {
	t.Helper()
	got, err := r.Lookup(t.Context(), host)
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	for _, a := range got {
		text = append(text, a.String())
	}
	if strings.Join(text, " ") != want {
		t.Errorf("addresses %v, want %s", text, want)
	}
}

func TestTTLIsHonouredExactly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := &zone{reply: map[netip.AddrPort]func(*dns.Msg) (*dns.Msg, error){one: answer("api.drill.test. 5 A 10.0.0.1", "api.drill.test. 9 AAAA fd77::1")}}
		r := resolve.New([]netip.AddrPort{one}, z.exchange)
		lookup(t, r, "10.0.0.1 fd77::1")
		z.set(one, answer("api.drill.test. 0 A 10.0.0.2"))
		time.Sleep(5*time.Second - time.Nanosecond)
		lookup(t, r, "10.0.0.1 fd77::1")
		time.Sleep(time.Nanosecond)
		lookup(t, r, "10.0.0.2")
		z.set(one, answer("api.drill.test. 5 A 10.0.0.3"))
		lookup(t, r, "10.0.0.3") // TTL 0: not kept for a moment
		if n := len(z.takeAsked()); n != 3 {
			t.Errorf("asked %d times, want 3", n)
		}
	})
}

// What clients make of a TTL of 5 s: how long they use the answer, and so how
// often they ask in 12 s of a lookup each second.
func TestCaches(t *testing.T) {
	const s = time.Second
	for _, tt := range []struct {
		name  string
		cache drill.ResolverSpec
		asked int
	}{
		{"honours the TTL", drill.ResolverSpec{}, 3},
		{"ignores it: every connection asks", drill.ResolverSpec{IgnoreTTL: true}, 12},
		{"keeps answers for longer", drill.ResolverSpec{AtLeast: 8 * s}, 2},
		{"would keep them for less, but may keep them", drill.ResolverSpec{AtLeast: s}, 3},
		{"keeps them for its own time", drill.ResolverSpec{IgnoreTTL: true, AtLeast: 2 * s}, 6},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				z := &zone{reply: map[netip.AddrPort]func(*dns.Msg) (*dns.Msg, error){one: answer("api.drill.test. 5 A 10.0.0.1")}}
				r := resolve.New([]netip.AddrPort{one}, z.exchange)
				r.Cache = tt.cache
				for range 12 {
					lookup(t, r, "10.0.0.1")
					time.Sleep(s)
				}
				if n := len(z.takeAsked()); n != tt.asked {
					t.Errorf("asked %d times, want %d", n, tt.asked)
				}
			})
		})
	}
}

// A resolver tells in whose name it asks, and no more than the subnet.
func TestTheSubnetIsTold(t *testing.T) {
	for _, tt := range []struct{ subnet, want string }{
		{"", ""}, {"10.77.231.0/24", "10.77.231.0/24/0"}, {"10.77.231.9/24", "10.77.231.0/24/0"}, {"2001:db8:1::/48", "[2001:db8:1::]/48/0"},
	} {
		got := ""
		r := resolve.New([]netip.AddrPort{one}, func(_ context.Context, _ netip.AddrPort, q *dns.Msg) (*dns.Msg, error) {
			wire, err := q.Pack()
			sent := new(dns.Msg)
			if err == nil {
				err = sent.Unpack(wire)
			}
			if err != nil {
				return nil, err
			}
			if opt := sent.IsEdns0(); opt != nil && q.Question[0].Qtype == dns.TypeA {
				got = opt.Option[0].String()
			}
			return answer("api.drill.test. 0 A 10.0.0.1")(q)
		})
		if tt.subnet != "" {
			r.Subnet = netip.MustParsePrefix(tt.subnet)
		}
		lookup(t, r, "10.0.0.1")
		if got != tt.want {
			t.Errorf("subnet %q was told as %q, want %q", tt.subnet, got, tt.want)
		}
	}
}

func TestStaleAnswersAreNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := &zone{reply: map[netip.AddrPort]func(*dns.Msg) (*dns.Msg, error){one: answer("api.drill.test. 1 A 10.0.0.1")}}
		r := resolve.New([]netip.AddrPort{one}, z.exchange)
		lookup(t, r, "10.0.0.1")
		z.set(one, nil)
		time.Sleep(time.Second)
		_, err := r.Lookup(t.Context(), host)
		var dnsErr *resolve.Error
		if !errors.As(err, &dnsErr) || dnsErr.Host != host {
			t.Errorf("error %v, want a *resolve.Error", err)
		}
	})
}

func TestServersAreAskedInOrder(t *testing.T) {
	good := answer("api.drill.test. 0 A 10.0.0.1")
	tests := []struct {
		name  string
		first func(q *dns.Msg) (*dns.Msg, error)
		asked []netip.AddrPort
		took  time.Duration
		err   string
	}{
		{"the first knows", good, []netip.AddrPort{one}, 0, ""},
		{"the first is silent", nil, []netip.AddrPort{one, two}, 250 * time.Millisecond, ""},
		{"the first abstains", code(dns.RcodeServerFailure), []netip.AddrPort{one, two}, 0, ""},
		{"the first refuses", code(dns.RcodeRefused), []netip.AddrPort{one, two}, 0, ""},
		{"the first knows that there is none", code(dns.RcodeNameError), []netip.AddrPort{one}, 0, "no such host"},
		{"the first knows of no address", answer(), []netip.AddrPort{one}, 0, "no such host"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				z := &zone{reply: map[netip.AddrPort]func(*dns.Msg) (*dns.Msg, error){one: tt.first, two: good}}
				r := resolve.New([]netip.AddrPort{one, two}, z.exchange)
				began := time.Now()
				_, err := r.Lookup(t.Context(), host)
				if took := time.Since(began); took != tt.took {
					t.Errorf("took %v, want %v", took, tt.took)
				}
				if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
					t.Errorf("error %v, want %q", err, tt.err)
				}
				if got := z.takeAsked(); !slices.Equal(got, tt.asked) {
					t.Errorf("asked %v, want %v", got, tt.asked)
				}
				synctest.Wait()
			})
		})
	}
}

func TestTheServerThatAnsweredIsAskedFirstForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good := answer("api.drill.test. 0 A 10.0.0.1")
		z := &zone{reply: map[netip.AddrPort]func(*dns.Msg) (*dns.Msg, error){two: good}}
		r := resolve.New([]netip.AddrPort{one, two}, z.exchange)
		lookup(t, r, "10.0.0.1")
		z.set(one, good)
		time.Sleep(9 * time.Second)
		lookup(t, r, "10.0.0.1")
		time.Sleep(2 * time.Second)
		lookup(t, r, "10.0.0.1")
		if got, want := z.takeAsked(), []netip.AddrPort{one, two, two, one}; !slices.Equal(got, want) {
			t.Errorf("asked %v, want %v", got, want)
		}
		synctest.Wait()
	})
}

// listen opens the same port on several loopback addresses.
func listen(t *testing.T, addrs ...string) (port string) {
	t.Helper()
	for _, a := range addrs {
		ln, err := net.Listen("tcp", net.JoinHostPort(a, port0(port)))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { ln.Close() })
		_, port, _ = net.SplitHostPort(ln.Addr().String())
	}
	return port
}

func port0(p string) string {
	if p == "" {
		return "0"
	}
	return p
}

func dialer(reply func(*dns.Msg) (*dns.Msg, error), timeout time.Duration) *resolve.Dialer {
	z := &zone{reply: map[netip.AddrPort]func(*dns.Msg) (*dns.Msg, error){one: reply}}
	return resolve.NewDialer(resolve.New([]netip.AddrPort{one}, z.exchange), timeout, 1)
}

func TestDialTakesTheNextAddressOnRefusal(t *testing.T) {
	port := listen(t, "127.0.0.9")
	d := dialer(answer("api.drill.test. 0 A 127.0.0.7", "api.drill.test. 0 A 127.0.0.8", "api.drill.test. 0 A 127.0.0.9"), 5*time.Second)
	for range 6 { // whatever the order of the day
		began := time.Now()
		c, err := d.DialContext(t.Context(), "tcp", net.JoinHostPort(host, port))
		if err != nil {
			t.Fatal(err)
		}
		if got := c.RemoteAddr().String(); got != "127.0.0.9:"+port {
			t.Errorf("connected to %s", got)
		}
		c.Close()
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("refusals took %v", took)
		}
	}
}

func TestConnectionsAreSpreadOverTheAddresses(t *testing.T) {
	port := listen(t, "127.0.0.8", "127.0.0.9")
	d := dialer(answer("api.drill.test. 60 A 127.0.0.8", "api.drill.test. 60 A 127.0.0.9"), 5*time.Second)
	seen := map[string]int{}
	for range 40 {
		c, err := d.DialContext(t.Context(), "tcp", net.JoinHostPort(host, port))
		if err != nil {
			t.Fatal(err)
		}
		seen[c.RemoteAddr().String()]++
		c.Close()
	}
	if len(seen) != 2 {
		t.Errorf("connections went to %v", seen)
	}
}

func TestDialErrorsTellWhatHappened(t *testing.T) {
	port := listen(t, "127.0.0.8")
	d := dialer(answer("api.drill.test. 0 A 127.0.0.7"), time.Second)
	if _, err := d.DialContext(t.Context(), "tcp", net.JoinHostPort(host, port)); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("error %v, want refused", err)
	}
	var dnsErr *resolve.Error
	if _, err := dialer(code(dns.RcodeServerFailure), time.Second).DialContext(t.Context(), "tcp", host+":80"); !errors.As(err, &dnsErr) {
		t.Errorf("error %v, want a *resolve.Error", err)
	}
}
