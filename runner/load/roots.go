package load

import (
	"crypto/x509"
	"net/http"
	"time"

	"github.com/drillctl/drillctl/runner/load/probe"
	"github.com/drillctl/drillctl/runner/load/resolve"
)

// transport makes connections to the system, which trust its authority.
func (c Config) transport(profile string, timeout time.Duration, d *resolve.Dialer) *http.Transport {
	t := probe.Transport(profile, timeout, d.DialContext)
	if c.Roots != "" {
		t.TLSClientConfig.RootCAs = x509.NewCertPool()
		t.TLSClientConfig.RootCAs.AppendCertsFromPEM([]byte(c.Roots)) // checked by Check
	}
	return t
}
