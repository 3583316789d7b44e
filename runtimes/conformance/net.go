package conformance

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

// get asks in for path, from where from is.
func get(s *system, from, in runtimes.Instance, path string) (string, error) {
	return getWithin(s, 5*time.Second, from, in, path)
}

func getWithin(s *system, limit time.Duration, from, in runtimes.Instance, path string) (string, error) {
	dialer := as[runtimes.Dialer](s, from)
	client := &http.Client{Timeout: limit, Transport: &http.Transport{
		DialContext: dialer.DialContext, DisableKeepAlives: true,
	}}
	res, err := client.Get("http://" + netip.AddrPortFrom(in.Node().Addrs[0], port).String() + path)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return string(b), err
}

// answersAgain polls until the instance answers at its old address.
func answersAgain(s *system, in runtimes.Instance) {
	s.Helper()
	var err error
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if _, err = get(s, in, in, "/healthz"); err == nil || errors.Is(err, runtimes.ErrUnsupported) {
			break
		}
	}
	s.must(err, "GET /healthz at the old address")
}

// beside makes of each address another one of the same subnet.
func beside(addrs []netip.Addr) []netip.Addr {
	var more []netip.Addr
	for _, a := range addrs {
		b := a.AsSlice()
		b[len(b)-2] += 100
		other, _ := netip.AddrFromSlice(b)
		more = append(more, other)
	}
	return more
}

// answersAtAll asks in at all its addresses, from another instance.
func answersAtAll(s *system, from, in runtimes.Instance) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, limit)
	defer cancel()
	for _, a := range in.Node().Addrs {
		c, err := as[runtimes.Dialer](s, from).DialContext(ctx, "tcp", netip.AddrPortFrom(a, port).String())
		if errors.Is(err, runtimes.ErrUnsupported) {
			return
		}
		s.must(err, "dialing "+a.String())
		c.Close()
	}
}

// helper starts the suite's helper and reads the addresses that it sees.
func (s *system) helper(ctx context.Context, in runtimes.Instance, args ...string) (runtimes.Process, *bufio.Scanner, []string) {
	s.Helper()
	p, err := as[runtimes.InNet](s, in).RunInNet(ctx, append([]string{HelperCommand}, args...))
	s.must(err, "RunInNet")
	s.Cleanup(func() { p.Close() })
	lines := bufio.NewScanner(p)
	var addrs []string
	for lines.Scan() && lines.Text() != "ready" {
		addrs = append(addrs, lines.Text())
	}
	return p, lines, addrs
}

func runInNet(s *system) {
	in := s.up()[0]
	p, lines, seen := s.helper(s.ctx, in)
	for _, a := range in.Node().Addrs {
		if !slices.ContainsFunc(seen, func(line string) bool { return strings.HasPrefix(line, a.String()+"/") }) {
			s.Errorf("the helper sees %v, not %v", seen, a)
		}
	}
	fmt.Fprintln(p, "hello")
	if !lines.Scan() || lines.Text() != "hello" {
		s.Errorf("the helper said %q, want hello", lines.Text())
	}
	if err := p.CloseWrite(); err != nil {
		s.Errorf("CloseWrite: %v", err)
	}
	if lines.Scan() || lines.Err() != nil {
		s.Errorf("after the lease the helper said %q (%v), want it ended", lines.Text(), lines.Err())
	}
	for range 2 {
		if err := p.Close(); err != nil {
			s.Errorf("Close of a helper that ended well: %v", err)
		}
	}
	s.await(in, "running: a helper is not the node", is(runtimes.Running))
}

func runInNetContext(s *system) {
	in := s.up()[0]
	ctx, cancel := context.WithCancel(s.ctx)
	_, lines, _ := s.helper(ctx, in)
	cancel()
	if lines.Scan() || lines.Err() != nil {
		s.Errorf("after ctx the helper said %q (%v), want EOF", lines.Text(), lines.Err())
	}
}

func runInNetKilled(s *system) {
	in := s.up()[0]
	p, lines, _ := s.helper(s.ctx, in, "linger")
	if err := p.Close(); err == nil {
		s.Error("Close of a helper that had to be killed returned no error")
	}
	if lines.Scan() {
		s.Errorf("a helper that was killed says %q", lines.Text())
	}
}

func dial(s *system) {
	all := s.up()
	body, err := get(s, all[0], all[1], "/healthz")
	s.must(err, "GET /healthz from the other instance")
	if body != "ok\n" {
		s.Errorf("got %q from /healthz", body)
	}
	ctx, cancel := context.WithTimeout(s.ctx, limit)
	defer cancel()
	nobody := netip.AddrPortFrom(all[1].Node().Addrs[0], 1).String()
	conn, err := as[runtimes.Dialer](s, all[0]).DialContext(ctx, "tcp", nobody)
	if err == nil {
		conn.Close()
		s.Error("connected to a port where nobody listens")
	}
	answersAtAll(s, all[1], all[0])
}
