package vault

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/snapshot"
)

// run starts an object store and returns its URL.
func run(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().(*net.TCPAddr).AddrPort()
	l.Close()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- Run(ctx, Config{Name: "v", Region: "r", Addr4: netip.MustParseAddr("127.0.0.1"), Port: at.Port(), Dir: t.TempDir()})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	url := "http://" + at.String()
	for range 100 {
		if res, err := http.Get(url + "/healthz"); err == nil {
			res.Body.Close()
			return url
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("it does not answer")
	return ""
}

func do(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func TestVault(t *testing.T) {
	url := run(t)
	s := snapshot.Snapshot{Header: snapshot.Header{Region: "r", Epoch: 1, Taken: 5}, Entries: []order.Entry{{Seq: 1, Epoch: 1, Order: order.Order{ID: 7}}}}
	text, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]int{string(text): 204, string(text[:len(text)-2]): 422, "hello": 422} {
		if status, said := do(t, "PUT", url+"/backup", body); status != want {
			t.Errorf("%.20q: %d %s, want %d", body, status, said, want)
		}
	}
	_, list := do(t, "GET", url+"/copies", "")
	if !strings.Contains(list, `"kind":"objects"`) || !strings.Contains(list, `"sequence":1`) || strings.Count(list, "sha256") != 1 {
		t.Errorf("it lists %s", list)
	}
	if status, got := do(t, "GET", url+"/copies/00000000000000000001-00000000000000000005.snapshot", ""); status != 200 || got != string(text) {
		t.Errorf("it gives %d %s", status, got)
	}
	if status, _ := do(t, "POST", url+"/backup", ""); status != 405 {
		t.Errorf("POST is answered %d", status)
	}
}

func TestVaultNeedsADirectory(t *testing.T) {
	if err := Run(t.Context(), Config{Name: "v"}); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
