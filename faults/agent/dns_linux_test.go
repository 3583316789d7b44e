package agent_test

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/faults/agent/lab"
)

// resolver answers every question at a host, for good.
func resolver(t *testing.T, h *lab.Host) {
	t.Helper()
	answer := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		a := new(dns.Msg).SetReply(q)
		a.Answer = append(a.Answer, &dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 1}, A: net.IP(h.V4.AsSlice())})
		_ = w.WriteMsg(a)
	})
	for _, a := range []netip.Addr{h.V4, h.V6} {
		s := &dns.Server{Addr: netip.AddrPortFrom(a, 53).String(), Handler: answer}
		tcp := &dns.Server{Addr: s.Addr, Handler: answer}
		err := h.Do(func() (err error) {
			if s.PacketConn, err = net.ListenPacket("udp", s.Addr); err == nil {
				tcp.Listener, err = net.Listen("tcp", s.Addr)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range []*dns.Server{s, tcp} {
			go x.ActivateAndServe()
			t.Cleanup(func() { x.Shutdown() })
		}
	}
}

// asks sends a question from one host to another and says how it was answered,
// by whom, and after how long.
func asks(t *testing.T, from, to *lab.Host, transport, name string, six bool) (said string, took time.Duration) {
	t.Helper()
	addr := to.V4
	if six {
		addr = to.V6
	}
	began := time.Now()
	c, err := from.DialContext(t.Context(), transport, netip.AddrPortFrom(addr, 53).String())
	if err != nil {
		return err.Error(), 0
	}
	defer c.Close()
	conn := &dns.Conn{Conn: c}
	if err := conn.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := conn.WriteMsg(new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.TypeA)); err != nil {
		return err.Error(), 0
	}
	a, err := conn.ReadMsg()
	if err != nil {
		return err.Error(), time.Since(began)
	}
	said = dns.RcodeToString[a.Rcode]
	if len(a.Answer) > 0 {
		said = a.Answer[0].(*dns.A).A.String()
	}
	return said, time.Since(began)
}

// Questions of a host and to it, by both transports and families, also to a
// resolver that it has no setting for; other names and other hosts are spared.
func TestDNS(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer, other := n.Host(t, "target"), n.Host(t, "peer"), n.Host(t, "other")
		for _, h := range []*lab.Host{target, peer} {
			resolver(t, h)
		}
		ways := [][2]*lab.Host{{target, peer}, {other, target}, {target, target}}
		all := func(t *testing.T, name, want string, late time.Duration) {
			t.Helper()
			for _, way := range ways {
				for _, transport := range []string{"udp", "tcp"} {
					for _, six := range []bool{false, true} {
						expected := want
						if want == "" {
							expected = way[1].V4.String()
						}
						said, took := asks(t, way[0], way[1], transport, name, six)
						if said != expected || took < late || took > late+500*time.Millisecond {
							t.Errorf("%s asks %s by %s, IPv6 %t: %s after %s, want %s after %s", way[0].Name, way[1].Name, transport, six, said, took, expected, late)
						}
					}
				}
			}
			if said, took := asks(t, other, peer, "udp", name, false); said != peer.V4.String() || took > late+300*time.Millisecond {
				t.Errorf("others: %s after %s", said, took)
			}
		}
		s := spec(target, agent.DNS)
		s.Delay = 0
		for _, answer := range []string{"servfail", "nxdomain", ""} {
			s.Answer, s.Names, s.ID = answer, []string{"db.internal"}, "dns-"+answer
			late := time.Duration(0)
			if answer == "" {
				s.Delay, late = 300*time.Millisecond, 300*time.Millisecond
			}
			c := fired(t, target, s)
			all(t, "one.DB.internal", strings.ToUpper(answer), late)
			all(t, "internal", "", 0)
			l, err := c.Look(t.Context())
			if err != nil || !l.Active || l.Hit != 12 || l.Seen != 24 {
				t.Errorf("%+v, %v", l, err)
			}
			t.Log(l.Text)
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			all(t, "one.db.internal", "", 0)
		}
	})
}

// A socket that was open before is led away, too, and back again.
func TestDNSOfOpenSockets(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		target, peer := n.Host(t, "target"), n.Host(t, "peer")
		resolver(t, peer)
		c, err := target.DialContext(t.Context(), "udp", netip.AddrPortFrom(peer.V4, 53).String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		conn := &dns.Conn{Conn: c}
		ask := func(want int) {
			t.Helper()
			if err := conn.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if err := conn.WriteMsg(new(dns.Msg).SetQuestion("a.", dns.TypeA)); err != nil {
				t.Fatal(err)
			}
			if a, err := conn.ReadMsg(); err != nil || a.Rcode != want {
				t.Errorf("%v, %v, want %s", a, err, dns.RcodeToString[want])
			}
		}
		ask(dns.RcodeSuccess)
		s := spec(target, agent.DNS)
		s.Answer = "servfail"
		a := fired(t, target, s)
		ask(dns.RcodeServerFailure)
		if _, err := a.Revert(t.Context()); err != nil {
			t.Fatal(err)
		}
		ask(dns.RcodeSuccess)
	})
}
