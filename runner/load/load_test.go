package load_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runner/load"
	"github.com/drillctl/drillctl/runner/load/oracle"
	"github.com/drillctl/drillctl/runtimes"
)

const ms = time.Millisecond

// start begins a load in this process and ends it with the test.
func start(t *testing.T, cfg load.Config) (*load.Load, *oracle.Tape) {
	t.Helper()
	if cfg.Timeout == 0 {
		cfg.Timeout = time.Second
	}
	if cfg.Profile == "" {
		cfg.Profile = load.Pooled
	}
	cfg.BeganMono = mono.Now()
	tape := &oracle.Tape{}
	l, err := load.Start(t.Context(), oracle.Client{}, cfg, tape)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l, tape
}

func stop(t *testing.T, l *load.Load) load.Stats {
	t.Helper()
	s, err := l.Stop(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func bySlot(all []drill.Sample, r drill.Route) []drill.Sample {
	all = slices.DeleteFunc(slices.Clone(all), func(s drill.Sample) bool { return s.Route != r })
	slices.SortFunc(all, func(a, b drill.Sample) int { return int(a.Slot) - int(b.Slot) })
	return all
}

func oracleServer(t *testing.T) *oracle.Server {
	t.Helper()
	srv, err := oracle.NewServer()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	return srv
}

func TestALoadFromStartToFinalRead(t *testing.T) {
	t.Parallel()
	srv := oracleServer(t)
	l, tape := start(t, load.Config{URL: srv.URL(), Stores: map[string]string{"us-west": srv.URL()}, ReadRate: 100, WriteRate: 50, Seed: 7})
	time.Sleep(600 * ms)
	if len(tape.All()) < 20 {
		t.Errorf("%d samples while the load goes on: nothing to show", len(tape.All()))
	}
	stats := stop(t, l)
	if again := stop(t, l); again.Attempted != stats.Attempted {
		t.Errorf("stopped twice: %+v, then %+v", stats, again)
	}
	all := tape.All()
	time.Sleep(50 * ms)
	if n := len(tape.All()); n != len(all) {
		t.Errorf("%d samples came after Stop", n-len(all))
	}

	writes, reads := bySlot(all, drill.Write), bySlot(all, drill.Read)
	for i, s := range writes {
		if s.ID != uint64(i+1) || s.Ack != drill.Acked || s.Leader != "oracle" || s.Epoch != 1 || s.Region != "oracle" {
			t.Errorf("write %d: %+v", i, s)
		}
	}
	found := 0
	for _, s := range reads {
		if s.Class != drill.OK || s.Missing != (s.ID == 0) {
			t.Errorf("read: %+v", s)
		}
		if s.ID > 0 {
			found++
		}
	}
	if uint64(len(writes)) != stats.Attempted || len(writes) < 10 || found < 20 {
		t.Errorf("%d writes of %d attempted, %d reads of records", len(writes), stats.Attempted, found)
	}

	finals, err := l.FinalRead(t.Context(), "settled")
	if err != nil || len(finals) != 2 {
		t.Fatalf("%d final reads, %v", len(finals), err)
	}
	for i, f := range finals {
		if f.Source != []string{"gateway", "us-west"}[i] || f.When != "settled" || !f.Stable || f.Round != 2 || f.Err != "" ||
			!slices.Equal(f.Ranges, [][2]uint64{{1, stats.Attempted}}) || f.At <= 0 {
			t.Errorf("final read %+v", f)
		}
	}
	if _, err := l.FinalRead(t.Context(), "settled", "mars"); err == nil || !strings.Contains(err.Error(), `unknown source "mars"`) {
		t.Errorf("error %v", err)
	}
}

// A survivor is read while writes go on: those before the question agree, and
// those after it are neither missing nor strange.
func TestReadUnderLoad(t *testing.T) {
	t.Parallel()
	var written atomic.Uint64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusCreated)
			written.Add(1)
			return
		}
		fmt.Fprintf(w, `{"ids":[[1,%d]]}`, max(1, written.Load()))
	}))
	t.Cleanup(srv.Close)
	l, _ := start(t, load.Config{URL: srv.URL, WriteRate: 200, Stores: map[string]string{"b": srv.URL}})
	time.Sleep(300 * ms)
	reads, err := l.FinalRead(t.Context(), drill.ReadSurvivors, "b")
	last := stop(t, l).Attempted
	if err != nil || len(reads) != 1 {
		t.Fatalf("%v, %v", reads, err)
	}
	f := reads[0]
	if !f.Stable || f.When != drill.ReadSurvivors || f.UpTo == 0 || f.UpTo >= last || len(f.Unexpected) != 0 || !slices.Equal(f.Ranges, [][2]uint64{{1, f.UpTo}}) {
		t.Errorf("%+v, %d written in the end", f, last)
	}
}

// A server that hangs for a while: every slot of the outage is there, on the
// grid and on time, and no burst follows.
func TestAStallNeitherHidesNorBursts(t *testing.T) {
	t.Parallel()
	srv := oracleServer(t)
	l, tape := start(t, load.Config{URL: srv.URL(), ReadRate: 50, Timeout: 800 * ms, Seed: 3})
	from := mono.Now() + 300*ms
	if _, err := srv.Play(t.Context(), oracle.Outage{Kind: oracle.Hang, From: from, To: from + 3*time.Second}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1200 * ms)
	stats := stop(t, l)
	g := l.Grids()["read"]
	samples := bySlot(tape.All(), drill.Read)
	perSecond := map[time.Duration]int{}
	bad := 0
	for _, s := range samples {
		if s.Intended != g.At(s.Slot) || s.Lateness() < 0 {
			t.Errorf("slot %d: intended %v, on the grid %v, started %v", s.Slot, s.Intended, g.At(s.Slot), s.Start)
		}
		perSecond[s.Start.Truncate(time.Second)]++
		if s.Class == drill.Timeout {
			bad++
		}
	}
	skipped := int(stats.Routes["read"].Skipped)
	if bad < 148-skipped || bad > 152 {
		t.Errorf("%d requests of the outage, want 150 (%d skipped)", bad, skipped)
	}
	if len(samples)+skipped != int(samples[len(samples)-1].Slot)+1 {
		t.Errorf("%d samples and %d skipped to slot %d", len(samples), skipped, samples[len(samples)-1].Slot)
	}
	for at, n := range perSecond {
		if n > 52 {
			t.Errorf("%d requests in the second from %v: a burst", n, at)
		}
	}
}

func TestStopAbortsWhatIsStillUnderWayWhenTheLeaseEnds(t *testing.T) {
	t.Parallel()
	srv := oracleServer(t)
	l, tape := start(t, load.Config{URL: srv.URL(), ReadRate: 20, WriteRate: 20, Timeout: time.Minute})
	go srv.Play(t.Context(), oracle.Outage{Kind: oracle.Hang, From: mono.Now(), To: mono.Now() + time.Minute})
	time.Sleep(300 * ms)
	began := time.Now()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("closing took %v", took)
	}
	aborted := 0
	for _, s := range tape.All() {
		if s.Class == drill.Aborted {
			aborted++
		}
	}
	if aborted == 0 {
		t.Errorf("no request is unknown of %d", len(tape.All()))
	}
	if err := l.Err(); err != nil {
		t.Errorf("error after Close: %v", err)
	}
}

// A nameServer is a real DNS server on loopback.
type nameServer struct {
	mu      sync.Mutex
	a       string
	ttl     uint32
	queries int
}

func (n *nameServer) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	n.mu.Lock()
	defer n.mu.Unlock()
	m := new(dns.Msg).SetReply(q)
	if q.Question[0].Qtype == dns.TypeA {
		n.queries++
		m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: n.ttl}, A: net.ParseIP(n.a)}}
	}
	w.WriteMsg(m)
}

func (n *nameServer) listen(t *testing.T) netip.AddrPort {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &dns.Server{PacketConn: conn, Handler: n}
	go srv.ActivateAndServe()
	t.Cleanup(func() { srv.Shutdown() })
	return conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

// twoRegions serve on one port of two addresses.
func twoRegions(t *testing.T) (port string) {
	t.Helper()
	for _, addr := range []string{"127.0.0.21", "127.0.0.22"} {
		if port == "" {
			port = "0"
		}
		ln, err := net.Listen("tcp", net.JoinHostPort(addr, port))
		if err != nil {
			t.Fatal(err)
		}
		_, port, _ = net.SplitHostPort(ln.Addr().String())
		srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Region", addr)
			io.WriteString(w, `{"id":0}`)
		})}
		go srv.Serve(ln)
		t.Cleanup(func() { srv.Close() })
	}
	return port
}

func TestADNSSwitchMovesWhatUsersWouldSee(t *testing.T) {
	tests := []struct {
		profile string
		ttl     uint32
		moved   time.Duration // from the switch, at least; -1 is never
	}{
		{load.Fresh, 0, 0},
		{load.Fresh, 1, 0},
		{load.Pooled, 0, -1}, // its connections are good: nothing makes it ask again
	}
	for _, tt := range tests {
		t.Run(tt.profile, func(t *testing.T) {
			t.Parallel()
			ns := &nameServer{a: "127.0.0.21", ttl: tt.ttl}
			l, tape := start(t, load.Config{URL: "http://api.drill.test:" + twoRegions(t), DNS: []netip.AddrPort{ns.listen(t)}, ReadRate: 10, Profile: tt.profile}) // one at a time: a second connection asks again
			began := mono.Now()
			time.Sleep(400 * ms)
			ns.mu.Lock()
			ns.a = "127.0.0.22"
			ns.mu.Unlock()
			at := mono.Now() - began
			time.Sleep(1400 * ms)
			stop(t, l)
			samples := bySlot(tape.All(), drill.Read)
			moved := time.Duration(-1)
			for _, s := range samples {
				if s.Class != drill.OK {
					t.Fatalf("sample %+v", s)
				}
				if s.Region == "127.0.0.22" {
					moved = s.Start - at
					break
				}
			}
			switch {
			case tt.moved < 0 && moved >= 0:
				t.Errorf("a kept connection moved after %v", moved)
			case tt.moved >= 0 && (moved < -20*ms || moved > time.Duration(tt.ttl)*time.Second+300*ms):
				t.Errorf("moved %v after the switch with a TTL of %d s", moved, tt.ttl)
			}
			ns.mu.Lock()
			defer ns.mu.Unlock()
			if every := len(samples); tt.profile == load.Fresh && tt.ttl == 0 && ns.queries != every {
				t.Errorf("%d queries for %d requests, TTL 0", ns.queries, every)
			}
			if tt.ttl == 1 && ns.queries > 6 {
				t.Errorf("%d queries in 1.8 s with a TTL of 1 s", ns.queries)
			}
		})
	}
}

// A ledger that changes between rounds, has holes, duplicates and ids that
// nobody wrote.
func TestFinalReadsUntilTwoAgree(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	rounds := map[string]int{}
	handle := func(name string, bodies ...string) *httptest.Server {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.URL.Path, "/orders/ids") {
				w.WriteHeader(http.StatusCreated)
				return
			}
			if got := r.URL.Query().Get("scope"); (got == "local") != (name != "gateway") {
				t.Errorf("%s is read with scope %q", name, got)
			}
			mu.Lock()
			defer mu.Unlock()
			body := bodies[min(rounds[name], len(bodies)-1)]
			rounds[name]++
			if body == "" {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			io.WriteString(w, body)
		}))
		t.Cleanup(srv.Close)
		return srv
	}
	gateway := handle("gateway", `{"ids":[[1,2]]}`, ``, `{"ids":[[4,5],[1,2]],"duplicates":[5,2]}`, `{"ids":[[1,1],[2,2],[4,4],[5,5]],"duplicates":[2,5]}`)
	foreign := handle("foreign", `{"ids":[[0,3],[18446744073709551610,18446744073709551615]]}`)
	sick := handle("sick", ``)
	l, _ := start(t, load.Config{URL: gateway.URL, WriteRate: 50, Stores: map[string]string{"foreign": foreign.URL, "sick": sick.URL}})
	time.Sleep(250 * ms)
	last := stop(t, l).Attempted
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	defer cancel()
	finals, err := l.FinalRead(ctx, "after-failback")
	if err != nil || len(finals) != 3 {
		t.Fatalf("%d final reads, %v", len(finals), err)
	}
	f, g, s := finals[0], finals[1], finals[2]
	if !g.Stable || g.Round != 4 || !slices.Equal(g.Ranges, [][2]uint64{{1, 2}, {4, 5}}) || !slices.Equal(g.Duplicates, []uint64{2, 5}) || len(g.Unexpected) != 0 {
		t.Errorf("gateway: %+v", g)
	}
	if !f.Stable || !slices.Equal(f.Ranges, [][2]uint64{{1, 3}}) || len(f.Unexpected) != 7 || f.Unexpected[0] != 0 || last < 5 {
		t.Errorf("foreign, %d written: %+v", last, f)
	}
	if s.Stable || s.Err == "" || s.Round < 5 || s.When != "after-failback" {
		t.Errorf("sick: %+v", s)
	}
}

func TestTheWorkerEndsWithItsLease(t *testing.T) {
	t.Parallel()
	srv := oracleServer(t)
	cfg, err := json.Marshal(load.Config{URL: srv.URL(), ReadRate: 50, Timeout: time.Second, Profile: load.Pooled})
	if err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"", `{"cmd":"quit"}`, `{"cmd":"stop-load"}` + "\n" + `{"cmd":"quit"}`} {
		in, out := io.Pipe()
		ended := make(chan error, 1)
		go func() { ended <- load.Serve(t.Context(), in, io.Discard) }()
		io.WriteString(out, `{"cmd":"start","config":`+string(cfg)+"}\n")
		time.Sleep(100 * ms)
		if end != "" {
			io.WriteString(out, end+"\n")
		} else {
			out.Close()
		}
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("after %q: %v", end, err)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("the worker lives on after %q", end)
		}
	}
}

func TestTheWorkerEndsWhenNobodyListens(t *testing.T) {
	t.Parallel()
	srv := oracleServer(t)
	cfg, _ := json.Marshal(load.Config{URL: srv.URL(), ReadRate: 50, Timeout: time.Second, Profile: load.Pooled})
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- load.Serve(t.Context(), inR, outW) }()
	go io.WriteString(inW, `{"cmd":"start","config":`+string(cfg)+"}\n")
	io.ReadFull(outR, make([]byte, 1))
	outR.Close()
	select {
	case err := <-ended:
		if !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("error %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the worker lives on")
	}
}

func TestCommandsThatCannotBeCarriedOut(t *testing.T) {
	t.Parallel()
	in := strings.NewReader(`{"cmd":"stop-load","seq":1} {"cmd":"dance","seq":2} {"cmd":"start","seq":3} {"cmd":"start","seq":4,"config":{"url":"ftp://x"}} nonsense`)
	var out strings.Builder
	err := load.Serve(t.Context(), in, &out)
	if err == nil || !strings.Contains(err.Error(), "read a command") {
		t.Errorf("error %v", err)
	}
	for _, want := range []string{
		`{"seq":1,"err":"stop-load: the load was not started"}`, `{"seq":2,"err":"dance: the load was not started"}`,
		`{"seq":3,"err":"start without a config"}`, `load timeout 0s: must be above zero`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("output lacks %s:\n%q", want, out.String())
		}
	}
}

// A doomed client gives a worker that is killed some time after its start.
type doomed struct{ after time.Duration }

func (d doomed) RunInNet(ctx context.Context, args []string) (runtimes.Process, error) {
	p, err := oracle.Client{}.RunInNet(ctx, args)
	if err == nil {
		time.AfterFunc(d.after, func() { p.Close() })
	}
	return p, err
}

func TestAWorkerThatDiesIsToldAtOnce(t *testing.T) {
	t.Parallel()
	srv := oracleServer(t)
	cfg := load.Config{URL: srv.URL(), ReadRate: 50, Timeout: time.Second, Profile: load.Pooled, BeganMono: mono.Now()}
	l, err := load.Start(t.Context(), doomed{200 * ms}, cfg, &oracle.Tape{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if l.Err() != nil {
		t.Errorf("error of a living worker: %v", l.Err())
	}
	select {
	case <-l.Gone():
	case <-time.After(5 * time.Second):
		t.Fatal("nobody was told")
	}
	if !errors.Is(l.Err(), load.ErrWorkerGone) {
		t.Errorf("error %v", l.Err())
	}
	if _, err := l.Stop(t.Context()); !errors.Is(err, load.ErrWorkerGone) {
		t.Errorf("stop: %v", err)
	}
	if _, err := l.FinalRead(t.Context(), "settled"); !errors.Is(err, load.ErrWorkerGone) {
		t.Errorf("final read: %v", err)
	}
}

func TestAConfigIsCheckedAsAWhole(t *testing.T) {
	_, err := load.Start(t.Context(), oracle.Client{}, load.Config{URL: "api.drill.test", ReadRate: -1, WriteRate: 1, Profile: "h2"}, nil)
	for _, want := range []string{"want http://HOST", "below zero", "no rate at all", "must be above zero", "want pooled or fresh"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q: %v", want, err)
		}
	}
}
