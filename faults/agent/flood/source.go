package flood

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A Source sends traffic from Start to Stop.
type Source struct {
	traffic Traffic
	dialer  net.Dialer
	http    *http.Transport
	seats   chan struct{} // requests on their way

	ctx     context.Context
	cancel  context.CancelFunc
	all     sync.WaitGroup
	started atomic.Bool

	sent, answered, failed, skipped atomic.Uint64 // requests
	opened, dropped                 atomic.Uint64 // connections of slow clients
	open                            atomic.Int64
	mu                              sync.Mutex
	codes                           map[int]uint64
}

const (
	connectPatience = time.Second
	answerPatience  = 2 * time.Second
)

// New makes ready; nothing is sent before Start.
func New(t Traffic) (*Source, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	s := &Source{traffic: t, dialer: net.Dialer{Timeout: connectPatience}, codes: map[int]uint64{}}
	// What the rate and the patience can have on their way: a system that is slow
	// does not make the flood smaller.
	s.seats = make(chan struct{}, int(t.Rate*answerPatience.Seconds())+10)
	s.http = &http.Transport{DialContext: s.dial, DisableCompression: true, MaxIdleConnsPerHost: cap(s.seats), IdleConnTimeout: 10 * time.Second}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

var errNotChosen = errors.New("nobody has chosen this address")

// dial connects to whom the traffic is for, and to nobody else.
func (s *Source) dial(ctx context.Context, network, address string) (net.Conn, error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !slices.Contains(s.traffic.To, at) {
		return nil, fmt.Errorf("%s: %w", address, errNotChosen)
	}
	return s.dialer.DialContext(ctx, network, address)
}

// Reachable keeps of the addresses those that accept a connection, and errors
// when there is none.
func (s *Source) Reachable(ctx context.Context) error {
	up := make([]bool, len(s.traffic.To))
	var wg sync.WaitGroup
	for i, to := range s.traffic.To {
		wg.Go(func() {
			if c, err := s.dial(ctx, "tcp", to.String()); err == nil {
				up[i] = true
				c.Close()
			}
		})
	}
	wg.Wait()
	var there []netip.AddrPort
	for i, to := range s.traffic.To {
		if up[i] {
			there = append(there, to)
		}
	}
	if len(there) == 0 {
		return fmt.Errorf("flood: nobody accepts connections at %v", s.traffic.To)
	}
	s.traffic.To = there
	return nil
}

// Start begins. It returns at once; more than once is the same as once.
func (s *Source) Start() {
	if s.started.Swap(true) {
		return
	}
	if s.traffic.Kind == SlowClients {
		s.slow()
		return
	}
	s.all.Go(s.requests)
}

// Stop ends everything and returns when nothing is open or on its way any more. It
// is safe to repeat.
func (s *Source) Stop() {
	s.cancel()
	s.all.Wait()
	s.http.CloseIdleConnections()
}

// On says whether it sends.
func (s *Source) On() bool { return s.started.Load() && s.ctx.Err() == nil }

// Effect is how many requests were answered, or connections established.
func (s *Source) Effect() uint64 {
	if s.traffic.Kind == SlowClients {
		return s.opened.Load()
	}
	return s.answered.Load()
}

// Open is how many slow connections stand, or requests are on their way, now.
func (s *Source) Open() uint64 {
	if s.traffic.Kind == SlowClients {
		return uint64(max(0, s.open.Load()))
	}
	return uint64(len(s.seats))
}

// Text tells the counts.
func (s *Source) Text() string {
	if s.traffic.Kind == SlowClients {
		return fmt.Sprintf("%d of %d connections (%s) stand; %d were established, the other side ended %d of them, %d were not accepted",
			s.Open(), s.traffic.Connections, s.traffic.Manner, s.opened.Load(), s.dropped.Load(), s.failed.Load())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var codes []string
	for _, c := range slices.Sorted(maps.Keys(s.codes)) {
		codes = append(codes, fmt.Sprintf("%d with %d", s.codes[c], c))
	}
	text := fmt.Sprintf("%d requests sent, %d answered", s.sent.Load(), s.answered.Load())
	if len(codes) > 0 {
		text += " (" + strings.Join(codes, ", ") + ")"
	}
	return fmt.Sprintf("%s, %d not, %d left out with too many on their way", text, s.failed.Load(), s.skipped.Load())
}
