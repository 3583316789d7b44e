package listen

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"testing"
	"time"
)

var loop4, loop6 = netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")

func TestServesOnBothFamilies(t *testing.T) {
	all, err := TCP(t.Context(), 0, loop4, loop6)
	if err != nil {
		t.Skip("this machine lacks one of the loopback addresses:", err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hi") })}
	failed := Serve(srv, all)
	for _, l := range all {
		res, err := http.Get("http://" + l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if text, _ := io.ReadAll(res.Body); string(text) != "hi" {
			t.Errorf("%s says %q", l.Addr(), text)
		}
		_ = res.Body.Close()
	}
	if err := srv.Close(); err != nil {
		t.Error(err)
	}
	select {
	case err := <-failed:
		t.Errorf("closing counts as a failure: %v", err)
	default:
	}
}

func TestAllOrNone(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := netip.MustParseAddrPort(taken.Addr().String()).Port()
	if _, err := TCP(t.Context(), port, loop4); err == nil {
		t.Error("listened on a port in use")
	}
	if _, err := TCP(t.Context(), port, netip.Addr{}); err == nil {
		t.Error("listened without an address")
	}
}

func TestWaitsForAnAddressThatIsMissing(t *testing.T) {
	tries := 0
	got, err := Wait(t.Context(), func() (string, error) {
		if tries++; tries < 3 {
			return "", &net.OpError{Op: "listen", Err: syscall.EADDRNOTAVAIL}
		}
		return "open", nil
	})
	if got != "open" || err != nil || tries != 3 {
		t.Errorf("got %q, %v after %d tries", got, err, tries)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := Wait(ctx, func() (int, error) { return 0, syscall.EADDRNOTAVAIL }); err == nil {
		t.Error("no error though the address never came")
	}
}
