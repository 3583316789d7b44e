package certs

import (
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// ErrUnsigned means that the authority has not signed the issuer yet.
var ErrUnsigned = errors.New("no authority has signed the issuer yet")

// A Server holds the certificate that a gateway serves. Another one is for the
// handshakes from then on: connections that are open keep theirs.
type Server struct {
	mu     sync.Mutex // of the issuer, and of changes
	issuer *issuer
	usual  *served
	now    atomic.Pointer[served] // nil until the issuer is signed
}

// served is a certificate and what it was made to be.
type served struct {
	as   string
	cert *tls.Certificate
}

// A State is what is served, and whom it is for.
type State struct {
	Serves    string    `json:"serves"` // Valid, or what it was replaced by
	Serial    string    `json:"serial"` // in hexadecimal
	Names     []string  `json:"names"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	Port      uint16    `json:"port"`
	Name      string    `json:"name"`  // that clients ask for
	Roots     string    `json:"roots"` // that they trust, in PEM
}

// Open takes the issuer that Dir has, or makes one that waits to be signed.
func Open(c Config) (*Server, error) {
	i, err := openIssuer(c)
	if err != nil {
		return nil, err
	}
	s := &Server{issuer: i}
	if i.cert == nil {
		return s, nil
	}
	return s, s.begin()
}

// begin serves a new certificate of the usual kind.
func (s *Server) begin() error {
	cert, err := s.issuer.issue(Terms{Serves: Valid})
	if err != nil {
		return err
	}
	s.usual = &served{Valid, cert}
	s.now.Store(s.usual)
	return nil
}

// TLS is the server's side of handshakes: HTTP/1.1 with TLS 1.2 or newer.
func (s *Server) TLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			if c := s.now.Load(); c != nil {
				return c.cert, nil
			}
			return nil, ErrUnsigned
		}}
}

// Request is what the authority has to sign, in PEM.
func (s *Server) Request() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.issuer.request()
}

// Enroll takes the issuer's certificate, in PEM, keeps it over restarts, and begins
// to serve.
func (s *Server) Enroll(signed []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.issuer.accept(signed); err != nil {
		return fmt.Errorf("taking the issuer's certificate: %w", err)
	}
	if err := s.issuer.keep(); err != nil {
		return fmt.Errorf("keeping the issuer's certificate: %w", err)
	}
	return s.begin()
}

// Serve makes another certificate and serves it from now on.
func (s *Server) Serve(terms Terms) error {
	if err := terms.Check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.usual == nil {
		return ErrUnsigned
	}
	cert, err := s.issuer.issue(terms)
	if err != nil {
		return err
	}
	s.now.Store(&served{terms.Serves, cert})
	return nil
}

// Restore serves the usual certificate again. It is safe to repeat.
func (s *Server) Restore() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Store(s.usual)
}

// State is what is served now.
func (s *Server) State() (State, error) {
	c := s.now.Load()
	if c == nil {
		return State{}, ErrUnsigned
	}
	leaf := c.cert.Leaf
	return State{Serves: c.as, Serial: fmt.Sprintf("%x", leaf.SerialNumber), Names: slices.Clone(leaf.DNSNames),
		NotBefore: leaf.NotBefore, NotAfter: leaf.NotAfter, Port: s.issuer.Port, Name: s.issuer.Name, Roots: s.issuer.Roots}, nil
}
