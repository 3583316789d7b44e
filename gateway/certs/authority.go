// Package certs is the certificates of a bundled system that serves TLS. An
// authority lives in drillctl's memory while the system is raised, and signs an
// issuer in each gateway, which makes the certificates that it serves. Private keys
// are made where they are used and never leave: only requests and certificates do.
//
//	GET    /admin/issuer       the issuer's request to be signed, in PEM
//	POST   /admin/issuer       the issuer's certificate, in PEM
//	GET    /admin/certificate  what is served: a State
//	POST   /admin/certificate  serve another one: Terms
//	DELETE /admin/certificate  serve the usual one again
package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// The types of blocks in PEM.
const (
	blockCertificate = "CERTIFICATE"
	blockRequest     = "CERTIFICATE REQUEST"
	blockKey         = "PRIVATE KEY"
)

const (
	// slack is how far the clocks of a system's nodes may be apart.
	slack = time.Hour
	// spare is how much longer authorities are valid than what they sign.
	spare = 24 * time.Hour
)

// An Authority is the root of trust of one system.
type Authority struct {
	domain string
	key    *ecdsa.PrivateKey
	cert   *x509.Certificate
}

// NewAuthority makes one, whose issuers may only vouch for names in a domain, for
// certificates that are valid for lifetime from now on.
func NewAuthority(domain string, lifetime time.Duration) (*Authority, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	now := time.Now()
	t := authority("drillctl root", domain, now.Add(lifetime+2*spare))
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("making an authority: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("making an authority: %w", err)
	}
	return &Authority{domain: domain, key: key, cert: cert}, nil
}

// Roots is the authority's certificate in PEM, for those who are to trust it.
func (a *Authority) Roots() string { return string(encode(blockCertificate, a.cert.Raw)) }

// Sign makes an issuer's certificate from its request, both in PEM.
func (a *Authority) Sign(request []byte) ([]byte, error) {
	block, _ := pem.Decode(request)
	if block == nil || block.Type != blockRequest {
		return nil, errors.New("signing an issuer: it sent no request")
	}
	r, err := x509.ParseCertificateRequest(block.Bytes)
	if err == nil {
		err = r.CheckSignature()
	}
	if err != nil {
		return nil, fmt.Errorf("signing an issuer: %w", err)
	}
	t := authority(r.Subject.CommonName, a.domain, a.cert.NotAfter.Add(-spare))
	t.MaxPathLenZero = true
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, r.PublicKey, a.key)
	if err != nil {
		return nil, fmt.Errorf("signing an issuer: %w", err)
	}
	return encode(blockCertificate, der), nil
}

// authority is the form of what may sign.
func authority(name, domain string, until time.Time) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: name, Organization: []string{"drillctl"}},
		NotBefore: time.Now().Add(-slack), NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: []string{domain},
	}
}

func newKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	return key, nil
}

// serial is a number of 126 bits by chance, which nobody else has (RFC 5280 4.1.2.2).
func serial() *big.Int {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[0] = b[0]&0x3f | 0x40
	return new(big.Int).SetBytes(b[:])
}

func encode(block string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: block, Bytes: der})
}

// decode reads the first block of that type.
func decode(block string, text []byte) ([]byte, error) {
	b, _ := pem.Decode(text)
	if b == nil || b.Type != block {
		return nil, fmt.Errorf("no %s in PEM", block)
	}
	return b.Bytes, nil
}
