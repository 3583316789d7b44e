package docker

import (
	"errors"
	"net"
	"path/filepath"
	"testing"

	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/runtimes"
)

// There is no engine where nothing is at the usual place; one that was chosen, or does
// not answer there, is only not reached.
func TestNoEngineHere(t *testing.T) {
	dir := t.TempDir()
	dead, err := net.Listen("unix", filepath.Join(dir, "dead.sock"))
	if err != nil {
		t.Fatal(err)
	}
	dead.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	there, missing := "unix://"+filepath.Join(dir, "dead.sock"), "unix://"+filepath.Join(dir, "none.sock")
	for _, tt := range []struct {
		host, usual string
		none        bool
	}{{missing, missing, true}, {missing, there, false}, {there, there, false}} {
		cli, err := client.New(client.WithHost(tt.host))
		if err != nil {
			t.Fatal(err)
		}
		defer cli.Close()
		_, err = cli.ServerVersion(t.Context(), client.ServerVersionOptions{})
		err = unreachable(tt.host, tt.usual, err)
		if errors.Is(err, ErrNoEngine) != tt.none || !errors.Is(err, runtimes.ErrUnsupported) {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}
