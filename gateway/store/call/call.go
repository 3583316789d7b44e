// Package call asks other nodes by HTTP.
package call

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxBody bounds an answer, in bytes.
const maxBody = 1 << 30

// A Peer is a node that is asked.
type Peer struct {
	Name   string // for errors
	URL    string // of its HTTP side, without a slash at the end
	Client *http.Client
}

// Do sends one request and returns the body of an answer of class 2xx; any other
// answer, and none within wait, is an error.
func (p Peer) Do(ctx context.Context, wait time.Duration, method, path string, body io.Reader) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, p.URL+path, body)
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", p.Name, err)
	}
	res, err := p.Client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", p.Name, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", p.Name, err)
	}
	if res.StatusCode/100 != 2 {
		return nil, fmt.Errorf("asking %s: %s %s: %s: %.200s", p.Name, method, path, res.Status, strings.TrimSpace(string(text)))
	}
	return text, nil
}
