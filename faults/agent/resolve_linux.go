package agent

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// rcodes are the wrong answers that a Spec can want.
var rcodes = map[string]int{"": dns.RcodeSuccess, "servfail": dns.RcodeServerFailure, "nxdomain": dns.RcodeNameError}

// A trapServer answers the questions that were meant for one resolver.
type trapServer struct {
	spec   Spec
	to     netip.Addr // for whom they were; unspecified for all others
	far    netip.Addr // whom it asks itself
	listen netip.Addr
	port   uint16
	usable bool // its family is
	udp    *dns.Server
	tcp    *dns.Server
	seen   atomic.Uint64
	hit    atomic.Uint64
	ctx    context.Context // of all answers, ended by close
	cancel context.CancelFunc
}

func newTrapServer(spec Spec, to netip.Addr) (*trapServer, error) {
	s := &trapServer{spec: spec, to: to, far: to, listen: loopbackOf(to), usable: true}
	if local(to) {
		s.listen = to
	}
	if to.IsUnspecified() {
		s.far = firstResolver(to)
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	pc, l, err := listenBoth(s.listen)
	if err != nil && s.listen.Is6() { // no IPv6 here, so no questions by it
		s.usable = false
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("dns: listen: %w", err)
	}
	s.port = uint16(l.Addr().(*net.TCPAddr).Port)
	s.udp, s.tcp = &dns.Server{PacketConn: pc, Handler: s, UDPSize: dns.MaxMsgSize}, &dns.Server{Listener: l, Handler: s}
	return s, errors.Join(serve(s.udp), serve(s.tcp))
}

// serve returns when the server can be shut down.
func serve(x *dns.Server) error {
	up, ended := make(chan struct{}), make(chan error, 1)
	x.NotifyStartedFunc = func() { close(up) }
	go func() { ended <- x.ActivateAndServe() }() // until close
	select {
	case <-up:
		return nil
	case err := <-ended:
		return err
	}
}

// listenBoth takes one port for both transports.
func listenBoth(on netip.Addr) (net.PacketConn, net.Listener, error) {
	var last error
	for range 8 {
		l, err := net.Listen("tcp", netip.AddrPortFrom(on, 0).String())
		if err != nil {
			return nil, nil, err
		}
		pc, err := net.ListenPacket("udp", l.Addr().String())
		if err == nil {
			return pc, l, nil
		}
		last = errors.Join(err, l.Close())
	}
	return nil, nil, last
}

// ServeDNS implements [dns.Handler].
func (s *trapServer) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	s.seen.Add(1)
	if s.concerned(q) {
		s.hit.Add(1)
		if s.spec.Answer != "" {
			_ = w.WriteMsg(wrong(q, rcodes[s.spec.Answer])) // the asker may have gone
			return
		}
		if !s.wait() {
			return
		}
	}
	a, err := s.forward(w.RemoteAddr(), q)
	if err != nil {
		a = wrong(q, dns.RcodeServerFailure)
	}
	_ = w.WriteMsg(a)
}

func wrong(q *dns.Msg, rcode int) *dns.Msg {
	a := new(dns.Msg).SetRcode(q, rcode)
	a.RecursionAvailable = true
	return a
}

// concerned says whether the damage is about a question.
func (s *trapServer) concerned(q *dns.Msg) bool {
	if len(s.spec.Names) == 0 {
		return true
	}
	return slices.ContainsFunc(q.Question, func(q dns.Question) bool {
		return slices.ContainsFunc(s.spec.Names, func(n string) bool { return dns.IsSubDomain(n, strings.ToLower(q.Name)) })
	})
}

// wait holds a question back; false means that the trap is closed.
func (s *trapServer) wait() bool {
	r := relay{delay: s.spec.Delay, jitter: s.spec.Jitter, ctx: s.ctx}
	return r.wait(time.Now().Add(r.draw()))
}

// forwardPatience is how long a resolver may take; programs give up before.
const forwardPatience = 10 * time.Second

// forward asks whom the question was for.
func (s *trapServer) forward(asker net.Addr, q *dns.Msg) (*dns.Msg, error) {
	transport, far := asker.Network(), s.far
	if s.to.IsUnspecified() {
		if a, ok := s.meant(asker); ok {
			far = a
		}
	}
	if !far.IsValid() {
		return nil, errors.New("no resolver is known")
	}
	c := dns.Client{Net: transport, UDPSize: dns.MaxMsgSize, Timeout: forwardPatience, Dialer: &net.Dialer{Timeout: forwardPatience, Control: markSocket}}
	a, _, err := c.ExchangeContext(s.ctx, q, netip.AddrPortFrom(far, dnsPort).String())
	return a, err
}

// meant asks the kernel for whom a question was that came from there.
func (s *trapServer) meant(asker net.Addr) (netip.Addr, bool) {
	from, err := netip.ParseAddrPort(asker.String())
	if err != nil {
		return netip.Addr{}, false
	}
	proto := pick[uint8](asker.Network() == "tcp", unix.IPPROTO_TCP, unix.IPPROTO_UDP)
	flows, err := netlink.ConntrackTableList(netlink.ConntrackTable, pick[netlink.InetFamily](s.listen.Is4(), unix.AF_INET, unix.AF_INET6))
	if err != nil {
		return netip.Addr{}, false
	}
	for _, f := range flows {
		if f.Forward.Protocol == proto && f.Forward.SrcPort == from.Port() && f.Reverse.SrcPort == s.port {
			a, ok := netip.AddrFromSlice(f.Forward.DstIP)
			return a.Unmap(), ok
		}
	}
	return netip.Addr{}, false
}

func (s *trapServer) close() error {
	s.cancel()
	var errs error
	for _, x := range []*dns.Server{s.udp, s.tcp} {
		if x != nil {
			errs = errors.Join(errs, x.Shutdown())
		}
	}
	return errs
}
