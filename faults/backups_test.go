package faults

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/gateway/store/copies"
	"github.com/drillctl/drillctl/gateway/store/snapshot"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/fake"
)

// keeping is a system of one node that keeps two backups in a real cupboard.
func keeping(t *testing.T) (*copies.Cupboard, []Target) {
	t.Helper()
	c := copies.NewCupboard(filepath.Join(t.TempDir(), "backups"), copies.Files, 3)
	mux := http.NewServeMux()
	for path, methods := range c.Routes() {
		for method, handle := range methods {
			mux.HandleFunc(method+" "+path, handle)
		}
	}
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	r := fake.New("run")
	r.Dial = func(ctx context.Context, from, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, srv.Listener.Addr().String())
	}
	if err := r.Start(t.Context(), []runtimes.Node{{Name: "v", Ready: "http://10.0.0.1:8060/healthz"}}); err != nil {
		t.Fatal(err)
	}
	all, err := r.Instances(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c, []Target{{Instance: all[0]}}
}

func put(t *testing.T, c *copies.Cupboard, taken int64) {
	t.Helper()
	if err := c.Put(snapshot.Snapshot{Header: snapshot.Header{Epoch: 1, Taken: taken}}); err != nil {
		t.Fatal(err)
	}
}

// Every way is proved by reading the backups themselves, holds for those that
// come meanwhile, and is gone afterwards, however often it is taken back.
func TestCorruptBackup(t *testing.T) {
	for _, how := range copies.Ways() {
		c, on := keeping(t)
		f := &CorruptBackup{How: how}
		if problems := f.Check(); problems != nil {
			t.Errorf("%s: %v", how, problems)
		}
		put(t, c, 1)
		armed, err := f.Arm(t.Context(), on)
		if err != nil {
			t.Fatal(err)
		}
		proved := func(want bool, text string) {
			t.Helper()
			e, err := armed.Verify(t.Context(), want)
			if err != nil || len(e) != 1 || !e[0].OK || !strings.Contains(e[0].Text, text) {
				t.Errorf("%s: %+v, %v; want %q", how, e, err, text)
			}
		}
		proved(false, "1 are whole")
		if at, err := armed.Fire(t.Context()); err != nil || at["v"] == 0 {
			t.Fatal(at, err)
		}
		put(t, c, 2)
		proved(true, "of 2 backups that the manifest lists 0 are whole")
		if e, err := armed.Verify(t.Context(), false); err != nil || e[0].OK {
			t.Errorf("%s: gone while it is in force: %+v, %v", how, e, err)
		}
		for range 2 {
			if _, err := armed.Revert(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		proved(false, "of 2 backups that the manifest lists 2 are whole")
	}
	if (&CorruptBackup{How: "burn"}).Check() == nil {
		t.Error("burning is a way")
	}
}

// An instance that keeps nothing cannot be hit, and says so before anything is
// done.
func TestCorruptBackupNeedsAKeeper(t *testing.T) {
	_, on := world(t)
	if _, err := (&CorruptBackup{How: "flip"}).Arm(t.Context(), on); err == nil || !strings.Contains(err.Error(), "keeps no backups") {
		t.Errorf("%v", err)
	}
	if _, err := (&CorruptBackup{How: "flip"}).Arm(t.Context(), nil); err == nil {
		t.Error("nobody was hit")
	}
}
