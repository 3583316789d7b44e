package faults

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

// meet shakes hands with a gateway as clients do, and holds what it shows against
// what it should: in force is a certificate that is as it was asked for, gone is
// one that clients take.
func (f *Certificate) meet(ctx context.Context, in runtimes.Instance, s servedState, want bool) Evidence {
	e := Evidence{Instance: in.Node().Name, How: "data-path", At: mono.Now()}
	shown, err := shownBy(ctx, in, s)
	if err != nil {
		e.Text = "no handshake: " + agent.Reason(err)
		return e
	}
	leaf, refused := shown[0], refusal(shown, s)
	e.OK = fmt.Sprintf("%x", leaf.SerialNumber) == s.Serial && (want && f.isSo(leaf, refused) || !want && refused == nil)
	e.Text = fmt.Sprintf("it shows a certificate of %s, valid from %s to %s, and clients take it",
		strings.Join(leaf.DNSNames, ", "), leaf.NotBefore.UTC().Format(time.RFC3339), leaf.NotAfter.UTC().Format(time.RFC3339))
	if refused != nil {
		e.Text = strings.TrimSuffix(e.Text, "take it") + "refuse it: " + refused.Error()
	}
	return e
}

// shownBy is the chain that a gateway shows, whatever it is worth.
func shownBy(ctx context.Context, in runtimes.Instance, s servedState) ([]*x509.Certificate, error) {
	ctx, cancel := context.WithTimeout(ctx, doorPatience)
	defer cancel()
	d, ok := in.(runtimes.Dialer)
	door, has := doorOf(in.Node())
	if !ok || !has {
		return nil, fmt.Errorf("%w: nothing says where it answers", runtimes.ErrUnsupported)
	}
	plain, err := d.DialContext(ctx, "tcp", netip.AddrPortFrom(door.Addr(), s.Port).String())
	if err != nil {
		return nil, err
	}
	defer plain.Close()
	// Whether it is any good is looked at afterwards: a bad one is to be seen, too.
	c := tls.Client(plain, &tls.Config{MinVersion: tls.VersionTLS12, ServerName: s.Name, InsecureSkipVerify: true})
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return c.ConnectionState().PeerCertificates, nil
}

// refusal is why clients do not take a chain, nil when they do.
func refusal(shown []*x509.Certificate, s servedState) error {
	o := x509.VerifyOptions{DNSName: s.Name, Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool()}
	o.Roots.AppendCertsFromPEM([]byte(s.Roots))
	for _, c := range shown[1:] {
		o.Intermediates.AddCert(c)
	}
	_, err := shown[0].Verify(o)
	return err
}

// isSo says whether a certificate is what the fault wants it to be.
func (f *Certificate) isSo(leaf *x509.Certificate, refused error) bool {
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	var unknown x509.UnknownAuthorityError
	now := time.Now()
	outOfTime := errors.As(refused, &invalid) && invalid.Reason == x509.Expired
	switch f.Serves {
	case certExpired:
		return outOfTime && now.After(leaf.NotAfter)
	case certNotYetValid:
		return outOfTime && now.Before(leaf.NotBefore)
	case certWrongName:
		return errors.As(refused, &name)
	case certUntrusted:
		return errors.As(refused, &unknown)
	}
	return refused == nil && leaf.NotAfter.Before(now.Add(f.Left)) // expiring
}
