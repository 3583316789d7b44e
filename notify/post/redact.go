package post

import (
	"context"
	"errors"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// hidden stands where a secret stood.
const hidden = "***"

// minSecret is how long a part must be to count as a secret: shorter ones are
// words like "v1", and replacing them would garble what is said.
const minSecret = 4

// behindHost is everything of an address behind its host, and what stands before
// the host to log in.
var behindHost = regexp.MustCompile(`([a-zA-Z][a-zA-Z0-9+.-]*://)(?:[^\s"'/@]*@)?([^\s"'/?#]*)[^\s"']*`)

// Redact is err without secrets: they are replaced, and every address in it is cut
// down to its scheme and host. It is nil for nil, and still a timeout if err was.
func Redact(err error, secrets ...string) error {
	if err == nil {
		return nil
	}
	var u *url.Error
	if errors.As(err, &u) { // "Post <the address>: ": who reads it knows whither
		err = u.Err
	}
	return redacted{text: Text(err.Error(), secrets...), timeout: errors.Is(err, context.DeadlineExceeded), canceled: errors.Is(err, context.Canceled)}
}

// Text is a text without secrets.
func Text(text string, secrets ...string) string {
	longest := slices.Clone(secrets) // first, or parts of it would be left
	slices.SortFunc(longest, func(a, b string) int { return len(b) - len(a) })
	for _, s := range longest {
		if len(s) >= minSecret {
			text = strings.ReplaceAll(text, s, hidden)
		}
	}
	return behindHost.ReplaceAllString(text, "${1}${2}")
}

// redacted carries nothing of the error that it was made of but what it was.
type redacted struct {
	text              string
	timeout, canceled bool
}

func (r redacted) Error() string { return r.text }

func (r redacted) Is(target error) bool {
	return r.timeout && target == context.DeadlineExceeded || r.canceled && target == context.Canceled
}

// SecretsOf are the parts of an address that may be secrets: all but its scheme,
// its port and the name of a real host. Some services put a key in the host's
// place; it has no dot.
func SecretsOf(address string) []string {
	u, err := url.Parse(address)
	if err != nil {
		return []string{address}
	}
	parts := []string{u.User.Username()}
	if p, ok := u.User.Password(); ok {
		parts = append(parts, p)
	}
	if h := u.Hostname(); !isHost(h) {
		parts = append(parts, h)
	}
	parts = append(parts, strings.Split(u.Path, "/")...)
	parts = append(parts, u.Opaque, u.Fragment)
	for _, values := range u.Query() {
		parts = append(parts, values...)
	}
	return spellings(parts)
}

func isHost(h string) bool {
	return strings.Contains(h, ".") || h == "localhost" || net.ParseIP(h) != nil
}

// spellings adds the pieces of tokens with separators in them, and each as it is
// escaped in addresses: services take tokens apart.
func spellings(parts []string) []string {
	var out []string
	for _, p := range parts {
		pieces := append([]string{p}, strings.FieldsFunc(p, func(r rune) bool { return strings.ContainsRune(":-._,@", r) })...)
		for _, s := range pieces {
			if len(s) < minSecret || plainWords[strings.ToLower(s)] {
				continue
			}
			for _, as := range []string{s, url.PathEscape(s), url.QueryEscape(s)} {
				if !slices.Contains(out, as) {
					out = append(out, as)
				}
			}
		}
	}
	return out
}

// plainWords stand in many addresses and are no secrets.
var plainWords = map[string]bool{"true": true, "false": true, "json": true, "hook": true, "hooks": true, "services": true, "webhook": true, "webhooks": true,
	"api": true, "telegram": true, "drill": true, "drills": true, "drillctl": true, "post": true, "traces": true, "alerts": true}
