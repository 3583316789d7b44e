package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/url"
	"strings"

	"github.com/nicholas-fedor/shoutrrr/pkg/router"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"

	"github.com/drillctl/drillctl/notify/post"
)

// A Chat sends messages by a shoutrrr URL: slack://, ntfy://, smtp://, ...
type Chat struct {
	address string
	scheme  string
	secrets []string
}

// NewChat checks a shoutrrr URL. Errors hold none of it but its scheme.
func NewChat(address string) (*Chat, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" {
		return nil, errors.New("a shoutrrr URL is wanted, as slack://TOKEN@CHANNEL, ntfy://HOST/TOPIC or smtp://HOST")
	}
	scheme, _, _ := strings.Cut(u.Scheme, "+")
	c := &Chat{address: address, scheme: scheme, secrets: post.SecretsOf(address)}
	if scheme == "matrix" { // it would log in
		return c, nil
	}
	if _, err := c.service(); err != nil {
		return nil, err
	}
	return c, nil
}

// quiet takes what services log: it holds addresses.
var quiet = log.New(io.Discard, "", 0)

// service is made anew for each message: one that hangs keeps its own.
func (c *Chat) service() (types.Service, error) {
	r, err := router.New(quiet)
	if err != nil {
		return nil, err
	}
	s, err := r.Locate(c.address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.scheme, post.Redact(c.why(r, err), c.secrets...))
	}
	return s, nil
}

// why asks the service itself: the router only says that it failed.
func (c *Chat) why(r *router.ServiceRouter, err error) error {
	if !errors.Is(err, router.ErrInitializeFailed) {
		return err
	}
	u, parseErr := url.Parse(c.address)
	s, newErr := r.NewService(c.scheme)
	if parseErr != nil || newErr != nil || u.Scheme != c.scheme {
		return err
	}
	if reason := s.Initialize(u, quiet); reason != nil {
		return reason
	}
	return err
}

// Name is the kind of service: elsewhere a URL may hold keys.
func (c *Chat) Name() string { return c.scheme }

// Wants everything.
func (c *Chat) Wants(string) bool { return true }

// Send sends a message. Services take no context: one that hangs is left to
// itself, and is not tried again with this message, which may have arrived.
func (c *Chat) Send(ctx context.Context, m Message) error {
	done := make(chan error, 1)
	go func() { done <- c.send(m) }()
	select {
	case err := <-done:
		return post.Redact(err, c.secrets...)
	case <-ctx.Done():
		return post.Permanent(ctx.Err())
	}
}

func (c *Chat) send(m Message) error {
	s, err := c.service()
	if err != nil {
		return err
	}
	params := types.Params{}
	params.SetTitle(m.Heading())
	return s.Send(m.Body(), &params)
}
