package flood

import (
	"context"
	"io"
	"net/http"
	"net/netip"
	"strings"

	"golang.org/x/time/rate"
)

// requests sends one after another on a constant grid. What could not be sent in
// time is left out and counted, and never caught up.
func (s *Source) requests() {
	pace := rate.NewLimiter(rate.Limit(s.traffic.Rate), 1)
	for i := 0; pace.Wait(s.ctx) == nil; i++ {
		select {
		case s.seats <- struct{}{}:
		default:
			s.skipped.Add(1)
			continue
		}
		s.all.Go(func() {
			defer func() { <-s.seats }()
			s.request(s.traffic.To[i%len(s.traffic.To)])
		})
	}
}

const maxBody = 64 << 10 // bytes that are read of an answer

func (s *Source) request(to netip.AddrPort) {
	ctx, cancel := context.WithTimeout(s.ctx, answerPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+to.String()+s.traffic.Path, nil)
	if err != nil {
		s.failed.Add(1)
		return
	}
	for _, h := range s.traffic.Headers {
		name, value, _ := Header(h) // Check has looked
		if strings.EqualFold(name, "Host") {
			req.Host = value
			continue
		}
		req.Header.Add(name, value)
	}
	s.sent.Add(1)
	res, err := s.http.RoundTrip(req) // follows no redirection
	if err != nil {
		if s.ctx.Err() == nil {
			s.failed.Add(1)
		}
		return
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, maxBody) // the status has said it all
	s.answered.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes[res.StatusCode]++
}
