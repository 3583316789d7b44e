package health

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"

	"github.com/drillctl/drillctl/gateway/certs"
)

// A StatusError is an answer that was not 2xx.
type StatusError int

func (e StatusError) Error() string {
	return fmt.Sprintf("status %d %s", int(e), http.StatusText(int(e)))
}

// HTTPProbe is HTTPSProbe with what crypto/tls has by default.
func HTTPProbe() func(ctx context.Context, url string) error { return HTTPSProbe(nil) }

// HTTPSProbe returns a probe that GETs a URL over a new connection each time: a
// connection left over from before a fault would spoil the checks after it. Any
// answer but 2xx is a StatusError. With https a handshake as c says comes first.
func HTTPSProbe(c *tls.Config) func(ctx context.Context, url string) error {
	client := &http.Client{
		Transport:     &http.Transport{TLSClientConfig: c, DisableKeepAlives: true, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(ctx context.Context, url string) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return fmt.Errorf("checking %s: %w", url, err)
		}
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		_, _ = io.CopyN(io.Discard, res.Body, 4096) // the status has said it all
		if res.StatusCode/100 != 2 {
			return StatusError(res.StatusCode)
		}
		return nil
	}
}

// Reason says in a few words why a request came to nothing.
func Reason(err error) string {
	var status StatusError
	var timeout net.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &status):
		return status.Error()
	case certs.Reason(err) != "":
		return certs.Reason(err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "no route"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection closed"
	default:
		return err.Error()
	}
}
