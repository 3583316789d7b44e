package certs

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/drillctl/drillctl/internal/atomicfile"
)

// The files in which a gateway keeps its issuer over a restart.
const (
	keyFile  = "issuer.key"
	certFile = "issuer.pem"
)

// An issuer makes the certificates of one gateway.
type issuer struct {
	Config
	key  *ecdsa.PrivateKey
	cert *x509.Certificate // nil until it is signed
}

// openIssuer takes the issuer that is in the directory, or makes the key of a new
// one, which only the owner may read.
func openIssuer(c Config) (*issuer, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("keeping the issuer: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(c.Dir, keyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return newIssuer(c)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the issuer: %w", err)
	}
	der, err := decode(blockKey, text)
	if err != nil {
		return nil, fmt.Errorf("reading the issuer: %w", err)
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("reading the issuer: %w", err)
	}
	i := &issuer{Config: c}
	var ok bool
	if i.key, ok = key.(*ecdsa.PrivateKey); !ok {
		return nil, fmt.Errorf("reading the issuer: it has a key of type %T", key)
	}
	signed, err := os.ReadFile(filepath.Join(c.Dir, certFile))
	if errors.Is(err, fs.ErrNotExist) {
		return i, nil
	}
	if err == nil {
		err = i.accept(signed)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the issuer: %w", err)
	}
	return i, nil
}

func newIssuer(c Config) (*issuer, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err == nil {
		err = atomicfile.WriteSecret(filepath.Join(c.Dir, keyFile), encode(blockKey, der))
	}
	if err != nil {
		return nil, fmt.Errorf("keeping the issuer: %w", err)
	}
	return &issuer{Config: c, key: key}, nil
}

// request is what an authority has to see to sign the issuer, in PEM.
func (i *issuer) request() ([]byte, error) {
	t := &x509.CertificateRequest{Subject: pkix.Name{CommonName: "drillctl issuer of " + i.Node}}
	der, err := x509.CreateCertificateRequest(rand.Reader, t, i.key)
	if err != nil {
		return nil, fmt.Errorf("asking for a signature: %w", err)
	}
	return encode(blockRequest, der), nil
}

// accept takes the issuer's certificate, if it is of this key and signed by the
// authority of the system.
func (i *issuer) accept(signed []byte) error {
	der, err := decode(blockCertificate, signed)
	if err != nil {
		return err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	if !i.key.PublicKey.Equal(cert.PublicKey) {
		return errors.New("the certificate is of another key")
	}
	if _, err := cert.Verify(x509.VerifyOptions{Roots: pool(i.Roots), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
		return err
	}
	i.cert = cert
	return nil
}

// keep writes the certificate where a restart finds it.
func (i *issuer) keep() error {
	return atomicfile.WriteSecret(filepath.Join(i.Dir, certFile), encode(blockCertificate, i.cert.Raw))
}

// issue makes a certificate with a key of its own, and the chain to the root.
func (i *issuer) issue(terms Terms) (*tls.Certificate, error) {
	if terms.Serves == Untrusted {
		other, err := i.stranger()
		if err != nil {
			return nil, err
		}
		return other.issue(Terms{Serves: Valid})
	}
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	from, until := terms.validity(i.Lifetime)
	t := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: i.Node, Organization: []string{"drillctl"}},
		DNSNames: []string{terms.name(i.Name)}, NotBefore: from, NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, t, i.cert, key.Public(), i.key)
	if err != nil {
		return nil, fmt.Errorf("issuing a certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("issuing a certificate: %w", err)
	}
	return &tls.Certificate{Certificate: [][]byte{der, i.cert.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

// stranger is the same issuer, signed by an authority that nobody knows.
func (i *issuer) stranger() (*issuer, error) {
	a, err := NewAuthority(domainOf(i.Name), i.Lifetime)
	if err != nil {
		return nil, err
	}
	request, err := i.request()
	if err != nil {
		return nil, err
	}
	signed, err := a.Sign(request)
	if err != nil {
		return nil, err
	}
	other := &issuer{Config: i.Config, key: i.key}
	other.Roots = a.Roots()
	return other, other.accept(signed)
}
