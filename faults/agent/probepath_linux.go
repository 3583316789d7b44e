package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// probePath asks for a path over a connection of its own and reads the status.
func probePath(ctx context.Context, to netip.AddrPort, ask Ask) Probe {
	p := Probe{To: to}
	d := &net.Dialer{Timeout: answerPatience}
	if !ask.Detour {
		d.Control = markSocket
	}
	t := &http.Transport{DialContext: d.DialContext, DisableKeepAlives: true, DisableCompression: true}
	ctx, cancel := context.WithTimeout(ctx, answerPatience+ask.Wait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+to.String()+ask.Path, nil)
	if err != nil {
		p.Said = err.Error()
		return p
	}
	began := time.Now()
	res, err := t.RoundTrip(req) // follows no redirection
	p.Took = time.Since(began)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		p.Said = "refused"
		return p
	case err != nil:
		p.Said = Reason(err)
		return p
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, 4096) // the status has said it all
	p.Up, p.First, p.Code, p.Said = true, p.Took, res.StatusCode, fmt.Sprintf("status %d", res.StatusCode)
	return p
}
