package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"time"
)

// A Trust is how a node of the system connects to the gateways.
type Trust struct {
	Name  string `json:"name"`            // that their certificates must be of
	Roots string `json:"roots,omitempty"` // of the authority, in PEM
}

// TLS is the client's side of handshakes. blind verifies nothing, as a switchable
// bug.
func (t Trust) TLS(blind bool) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.Name, RootCAs: pool(t.Roots), InsecureSkipVerify: blind}
}

// Reason says in a few words what of a certificate was not as it must be, "" when
// the error is about something else.
func Reason(err error) string {
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && time.Now().Before(invalid.Cert.NotBefore):
		return "certificate not valid yet"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "certificate expired"
	case errors.As(err, &invalid):
		return "certificate invalid"
	case errors.As(err, &name):
		return "certificate of another name"
	case errors.As(err, &unknown):
		return "certificate of an unknown authority"
	}
	return ""
}
