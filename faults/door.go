package faults

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

// Many faults ask an instance of the bundled system something at its own door.
const (
	doorPatience = 5 * time.Second
	mostAnswer   = 1 << 30 // bytes
)

// errAbsent is the answer to a question for what is not there.
var errAbsent = errors.New("there is none")

// doorOf is where a node answers.
func doorOf(n runtimes.Node) (netip.AddrPort, bool) {
	u, err := url.Parse(n.Ready)
	if err != nil || n.Ready == "" {
		return netip.AddrPort{}, false
	}
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), "80")
	}
	ap, err := netip.ParseAddrPort(host)
	return ap, err == nil
}

// through makes connections as seen from an instance, a new one for each request.
// With https it asks what is answered, not by whom: a certificate may be bad by
// another fault.
func through(in runtimes.Instance) *http.Transport {
	t := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true}}
	if d, ok := in.(runtimes.Dialer); ok {
		t.DialContext = d.DialContext
	}
	return t
}

// askDoor sends an instance a request and returns what it answers, errAbsent for
// a 404.
func askDoor(ctx context.Context, in runtimes.Instance, method, path string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, doorPatience)
	defer cancel()
	door, ok := doorOf(in.Node())
	if !ok {
		return nil, fmt.Errorf("%s: %w: nothing says where it answers", in.Node().Name, runtimes.ErrUnsupported)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+door.String()+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	res, err := through(in).RoundTrip(req)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.Node().Name, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, mostAnswer))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", in.Node().Name, err)
	case res.StatusCode == http.StatusNotFound:
		return nil, fmt.Errorf("%s: %s %s: %w", in.Node().Name, method, path, errAbsent)
	case res.StatusCode/100 != 2:
		return nil, fmt.Errorf("%s: %s %s was answered %s: %.200s", in.Node().Name, method, path, res.Status, strings.TrimSpace(string(answer)))
	}
	return answer, nil
}

// askJSON is askDoor with JSON both ways; body and into may be nil.
func askJSON(ctx context.Context, in runtimes.Instance, method, path string, body, into any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	answer, err := askDoor(ctx, in, method, path, text)
	if err != nil || into == nil {
		return err
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("%s: the answer to %s %s: %w", in.Node().Name, method, path, err)
	}
	return nil
}
