package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

const (
	// probePatience is how long silence must last to count as such.
	probePatience = 300 * time.Millisecond
	// answerPatience is how long an answer is waited for that a delay holds back.
	answerPatience = 5 * time.Second
	pushFor        = 300 * time.Millisecond
)

// probe tries all addresses in parallel. A refusal proves the path just as well
// as an answer; only silence is down.
func probe(ctx context.Context, to []netip.AddrPort, ask Ask) []Probe {
	if ask.Push > 0 && len(to) > 0 {
		return []Probe{push(ctx, to[0], ask.Push)}
	}
	if ask.Write != "" {
		return []Probe{tryWrite(ask.Write)}
	}
	if ask.Name != "" {
		return askAll(ctx, to, ask)
	}
	out := make([]Probe, len(to))
	var wg sync.WaitGroup
	for i, a := range to {
		wg.Go(func() { out[i] = probeOne(ctx, a, ask) })
	}
	wg.Wait()
	return out
}

func probeOne(ctx context.Context, to netip.AddrPort, ask Ask) Probe {
	if ask.Path != "" {
		return probePath(ctx, to, ask)
	}
	p := Probe{To: to}
	began := time.Now()
	d := net.Dialer{Timeout: probePatience}
	if !ask.Detour {
		d.Control = markSocket // past a relay, whose handshake would answer for others
	}
	if ask.Answer {
		d.Timeout = answerPatience
	}
	c, err := d.DialContext(ctx, "tcp", to.String())
	p.Took = time.Since(began)
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		p.Up, p.Said, p.First = true, "refused", p.Took
		return p
	case errors.As(err, &timeout) && timeout.Timeout():
		p.Said = "silent"
		return p
	case err != nil:
		p.Said = Reason(err)
		return p
	}
	defer c.Close()
	p.Up, p.Said = true, "accepted"
	if ask.Answer {
		p.First = firstByte(ctx, c, to, began)
	}
	return p
}

// firstByte asks for an answer and times its first byte, or the end of the
// connection; whoever stays silent gives 0.
func firstByte(ctx context.Context, c net.Conn, to netip.AddrPort, began time.Time) time.Duration {
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	if err := c.SetDeadline(began.Add(answerPatience)); err != nil {
		return 0
	}
	_, err := fmt.Fprintf(c, "GET /healthz HTTP/1.0\r\nHost: %s\r\n\r\n", to)
	if err == nil {
		_, err = c.Read(make([]byte, 1))
	}
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return time.Since(began)
	}
	return 0
}

// push sends datagrams at a rate, to see what a token bucket lets through.
func push(ctx context.Context, to netip.AddrPort, rate uint64) Probe {
	p := Probe{To: to}
	c, err := (&net.Dialer{Control: markSocket}).DialContext(ctx, "udp", to.String())
	if err != nil {
		p.Said = Reason(err)
		return p
	}
	defer c.Close()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	data := make([]byte, 1400)
	began := time.Now()
	var sent uint64
	for p.Took < pushFor && ctx.Err() == nil {
		<-tick.C
		p.Took = time.Since(began)
		// A refusal by the far port, or no room: on with the next.
		for due := uint64(float64(rate) * min(p.Took, pushFor).Seconds()); sent < due && time.Since(began) < pushFor; sent += uint64(len(data)) {
			_, _ = c.Write(data)
		}
	}
	p.Up, p.Said = sent > 0, fmt.Sprintf("%d bytes pushed", sent)
	return p
}
