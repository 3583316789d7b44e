package faults

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/issuer"
	"github.com/drillctl/drillctl/runtimes"
)

// A signer is an issuer as an instance.
type signer struct {
	*httptest.Server
	nearby
	role string
}

func newSigner(t *testing.T, refresh time.Duration) *signer {
	t.Helper()
	mux := http.NewServeMux()
	s := &signer{Server: httptest.NewServer(mux), role: issuerRole}
	t.Cleanup(s.Close)
	h, err := issuer.Handler(issuer.Config{Name: "a-issuer-1", URL: s.URL, Dir: t.TempDir(), Lifetime: time.Minute, Refresh: refresh}, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/", h)
	return s
}

// Ref implements runtimes.Instance.
func (s *signer) Ref() runtimes.Ref { return runtimes.Ref{ID: "a-issuer-1"} }

// Node implements runtimes.Instance.
func (s *signer) Node() runtimes.Node {
	return runtimes.Node{Name: "a-issuer-1", Role: s.role, Ready: s.URL + "/healthz"}
}

// A rotation is in force when there is a new key, and over when that one signs; the
// next one is another.
func TestRotateKeys(t *testing.T) {
	s, f := newSigner(t, 400*time.Millisecond), &RotateKeys{}
	if err := rotateKeys.Fits(s); err != nil {
		t.Fatal(err)
	}
	var both [2]Armed
	for i := range both {
		a, err := f.Arm(t.Context(), []Target{{Instance: s}})
		if err != nil {
			t.Fatal(err)
		}
		both[i] = a
		showing(t, a, false, true)
		showing(t, a, true, false)
	}
	for _, a := range both {
		showing(t, a, true, false) // that another was fired says nothing
		if at, err := a.Fire(t.Context()); err != nil || len(at) != 1 {
			t.Fatal(at, err)
		}
		showing(t, a, true, true)
		showing(t, a, false, false) // it does not sign yet
		time.Sleep(900 * time.Millisecond)
		showing(t, a, false, true)
	}
	showing(t, both[0], false, true) // a later one has taken over
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	left := &RotateKeys{}
	if err := json.Unmarshal(text, left); err != nil || left.Undo(t.Context(), s) != nil {
		t.Errorf("what is left in the journal: %s, %v", text, err)
	}
	if _, err := both[1].Revert(t.Context()); err != nil || both[1].Close() != nil {
		t.Error(err)
	}
}

func TestRotateKeysRefuses(t *testing.T) {
	s := newSigner(t, time.Second)
	if _, err := (&RotateKeys{}).Arm(t.Context(), []Target{{Instance: s}, {Instance: s}}); err == nil || !strings.Contains(err.Error(), "not by 2") {
		t.Errorf("%v", err)
	}
	s.role = "api"
	if err := rotateKeys.Fits(s); !errors.Is(err, runtimes.ErrUnsupported) {
		t.Errorf("an API: %v", err)
	}
	s.Close()
	if _, err := (&RotateKeys{}).Arm(t.Context(), []Target{{Instance: s}}); err == nil {
		t.Error("an issuer that does not answer was armed")
	}
}
