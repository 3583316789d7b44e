// Package post sends one body over HTTP and insists for a bounded time. What it
// says of a failure names no more of an address than its scheme and host.
package post

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/cenkalti/backoff/v5"
)

// client follows no redirect: what is posted, and the secrets with it, is for the
// address that was configured.
var client = &http.Client{
	Transport:     http.DefaultTransport,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

const (
	maxAnswer = 64 << 10 // bytes of an answer that are read
	maxQuote  = 200      // ... and of a refusal that are repeated
)

// A Request is one body for one address.
type Request struct {
	Method string // POST when empty
	URL    string
	Header http.Header
	Body   []byte
	// Secrets are cut out of whatever is said about it.
	Secrets []string
}

// Do sends it once and returns the answer's body. Any status but 2xx is an error;
// one that another try cannot mend is Permanent.
func Do(ctx context.Context, r Request) ([]byte, error) {
	if r.Method == "" {
		r.Method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return nil, Permanent(Redact(err, r.secrets()...))
	}
	for k, v := range r.Header {
		req.Header[k] = v
	}
	req.Header.Set("User-Agent", "drillctl")
	resp, err := client.Do(req)
	if err != nil {
		return nil, Redact(err, r.secrets()...)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if resp.StatusCode/100 != 2 {
		return nil, r.refused(resp, body)
	}
	return body, Redact(err, r.secrets()...)
}

// secrets are those of the request and those in its address.
func (r Request) secrets() []string { return append(r.Secrets, SecretsOf(r.URL)...) }

// refused puts an answer that is not 2xx into words.
func (r Request) refused(resp *http.Response, body []byte) error {
	text := resp.Status
	if quote := quoted(body); quote != "" {
		text += ": " + quote
	}
	err := Redact(errors.New(text), r.secrets()...)
	switch {
	case resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode == http.StatusServiceUnavailable:
		if s, convErr := strconv.Atoi(resp.Header.Get("Retry-After")); convErr == nil && s >= 0 {
			return fmt.Errorf("%w (%w)", err, backoff.RetryAfter(s))
		}
		return err
	case resp.StatusCode == http.StatusRequestTimeout, resp.StatusCode >= 500:
		return err
	}
	return Permanent(err)
}

// quoted is the beginning of an answer on one line.
func quoted(body []byte) string {
	text := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, string(body[:min(len(body), maxQuote)]))
	return strings.Join(strings.Fields(text), " ")
}

// Where is the part of an address that may be shown: scheme and host.
func Where(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return hidden
	}
	return u.Scheme + "://" + u.Host
}

// Permanent marks an error that another try cannot mend.
func Permanent(err error) error { return backoff.Permanent(err) }

// Limits bound how long one thing is insisted on.
type Limits struct {
	Try   time.Duration // one try
	Total time.Duration // all tries and the pauses between them
	Pause time.Duration // before the second try; each later one is twice as long, give or take
}

// Insist calls try until it succeeds, fails for good, or the time is over. It
// returns how often it was called, and the last error.
func Insist(ctx context.Context, l Limits, try func(context.Context) error) (tries int, err error) {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.Multiplier, pauses.MaxInterval = l.Pause, 2, 20*l.Pause
	var last error
	_, over := backoff.Retry(ctx, func() (struct{}, error) {
		tries++
		limited, cancel := context.WithTimeout(ctx, l.Try)
		defer cancel()
		err := try(limited)
		if last = err; errors.Is(err, context.DeadlineExceeded) {
			last = errNoAnswer{l.Try}
		}
		return struct{}{}, err
	}, backoff.WithBackOff(pauses), backoff.WithMaxElapsedTime(l.Total))
	if over == nil {
		return tries, nil
	}
	return tries, last
}

// errNoAnswer says more than "context deadline exceeded".
type errNoAnswer struct{ after time.Duration }

func (e errNoAnswer) Error() string { return "no answer within " + e.after.String() }
