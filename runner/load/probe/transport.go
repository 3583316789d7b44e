package probe

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// maxBody bounds what is read of one answer.
const maxBody = 1 << 20

// Client profiles (measuring.md 1.7).
const (
	// Pooled keeps connections, and resolves a name only for a new one: what
	// users get.
	Pooled = "pooled"
	// Fresh opens a connection per request: what the service does.
	Fresh = "fresh"
)

// Transport is HTTP/1.1 without proxies or compression, over dial.
func Transport(profile string, timeout time.Duration, dial func(ctx context.Context, network, address string) (net.Conn, error)) *http.Transport {
	var h1 http.Protocols
	h1.SetHTTP1(true)
	return &http.Transport{
		DialContext:         dial,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: timeout,
		Protocols:           &h1,
		DisableCompression:  true,
		DisableKeepAlives:   profile == Fresh,
		MaxIdleConnsPerHost: 10000,
		IdleConnTimeout:     30 * time.Second,
	}
}

// Client is an HTTP client that follows no redirects. It has no timeout: around
// a RoundTripper that it does not know, http.Client keeps one with two goroutines per
// request, and whether the error is a timeout is then a matter of luck.
func Client(rt http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     rt,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// exchange sends the request and reads the answer to its end. resp is not nil
// with an error when the headers had come.
func exchange(base http.RoundTripper, req *http.Request) (resp *http.Response, body []byte, err error) {
	if resp, err = base.RoundTrip(req); err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	switch n := resp.ContentLength; {
	case req.Method == http.MethodHead: // the length of a body that does not come
	case n > maxBody:
		err = errTooLong
	case n >= 0:
		body = make([]byte, n)
		_, err = io.ReadFull(resp.Body, body)
	default:
		body, err = io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
		if err == nil && len(body) > maxBody {
			err = errTooLong
		}
	}
	return resp, body, err
}

var errTooLong = fmt.Errorf("answer of more than %d bytes", maxBody)
