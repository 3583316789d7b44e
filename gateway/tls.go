package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/drillctl/drillctl/gateway/certs"
	"github.com/drillctl/drillctl/runtimes"
)

// entryDomain is the part of the entry's name for which an authority may vouch.
const entryDomain = "drill.test"

// TLS is how the gateways of the regions serve HTTPS.
type TLS struct {
	Lifetime time.Duration `json:"lifetime_ns"` // of a certificate
	// Roots are the certificates of the authority, in PEM; see WithAuthority.
	Roots string `json:"roots,omitempty"`
}

// WithAuthority is c whose system trusts an authority of its own, which Enroll
// needs when the nodes run. Without TLS it is c and nil.
func (c Config) WithAuthority() (Config, *certs.Authority, error) {
	c = c.Defaults()
	if c.TLS == nil {
		return c, nil, nil
	}
	a, err := certs.NewAuthority(entryDomain, c.TLS.Lifetime)
	if err != nil {
		return c, nil, err
	}
	t := *c.TLS
	t.Roots, c.TLS = a.Roots(), &t
	return c, a, nil
}

// enrollPatience is for one question to one gateway.
const enrollPatience = 5 * time.Second

// Enroll has the authority sign what the gateways among nodes issue their
// certificates with; then they serve. A nil authority signs nothing.
func Enroll(ctx context.Context, a *certs.Authority, d runtimes.Dialer, nodes []runtimes.Node) error {
	if a == nil {
		return nil
	}
	client := &http.Client{Timeout: enrollPatience, Transport: &http.Transport{DialContext: d.DialContext, DisableKeepAlives: true}}
	errs := make([]error, len(nodes))
	var all sync.WaitGroup
	for i, n := range nodes {
		if n.Role == RoleGateway {
			all.Go(func() { errs[i] = enroll(ctx, a, client, n) })
		}
	}
	all.Wait()
	return errors.Join(errs...)
}

func enroll(ctx context.Context, a *certs.Authority, client *http.Client, n runtimes.Node) error {
	door := strings.TrimSuffix(n.Ready, "/healthz") + "/admin/issuer"
	request, err := ask(ctx, client, http.MethodGet, door, nil)
	if err != nil {
		return fmt.Errorf("enrolling %s: %w", n.Name, err)
	}
	signed, err := a.Sign(request)
	if err == nil {
		_, err = ask(ctx, client, http.MethodPost, door, signed)
	}
	if err != nil {
		return fmt.Errorf("enrolling %s: %w", n.Name, err)
	}
	return nil
}

func ask(ctx context.Context, client *http.Client, method, url string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", method, url, res.Status, strings.TrimSpace(string(text)))
	}
	return text, err
}

// certs is what a gateway has to know of its certificates.
func (p *plan) certs(s spot) *certs.Config {
	t := p.config.TLS
	if t == nil {
		return nil
	}
	return &certs.Config{Port: p.config.Ports.HTTPS, Node: s.name, Name: entryName, Lifetime: t.Lifetime,
		Dir: filepath.Join(p.dataDir(s), "tls"), Roots: t.Roots}
}

// gatewayURL is where a gateway of a region serves clients.
func (p *plan) gatewayURL(s spot) string {
	switch port := p.config.Ports.HTTPS; {
	case p.config.TLS == nil:
		return url(s.at, p.config.Ports.Gateway)
	case port == 443 && s.at.Is4():
		return "https://" + s.at.String()
	case port == 443:
		return "https://[" + s.at.String() + "]"
	default:
		return "https://" + netip.AddrPortFrom(s.at, port).String()
	}
}

func (c Config) checkTLS(bad complain) {
	switch t := c.TLS; {
	case t == nil:
	case t.Lifetime < time.Minute || t.Lifetime > 10*365*24*time.Hour:
		bad("tls.lifetime", "must be 1m to 10 years, not %v", t.Lifetime)
	case c.Routing == Edge:
		bad("tls", "with routing edge clients do not come to the gateways of regions")
	case c.Ports.HTTPS == c.Ports.Gateway:
		bad("ports.https", "is the port of the gateways' operations, too")
	}
}
