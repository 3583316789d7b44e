// Package enrolled is for tests that need a server with a certificate of an
// authority of the drill's own. It knows neither, so that their own tests can use it.
package enrolled

import "testing"

// A Server asks for its certificate and takes it.
type Server interface {
	Request() ([]byte, error)
	Enroll(signed []byte) error
}

// An Authority signs what servers ask for.
type Authority interface {
	Sign(request []byte) ([]byte, error)
}

// By has the authority sign for a server that has just been opened; err is of
// opening it.
func By[S Server](t testing.TB, a Authority, s S, err error) S {
	t.Helper()
	var request, signed []byte
	if err == nil {
		request, err = s.Request()
	}
	if err == nil {
		signed, err = a.Sign(request)
	}
	if err == nil {
		err = s.Enroll(signed)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}
