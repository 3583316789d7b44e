package proxy

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// BenchmarkGateway is one request through a gateway on loopback, the upstream's
// and the client's work included.
func BenchmarkGateway(b *testing.B) {
	o := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
	defer o.Close()
	c := Config{Name: "g", Region: "r", Upstreams: []Upstream{{Name: "a", Addr: netip.MustParseAddrPort(o.Listener.Addr().String())}}}.Defaults()
	p := newPool(c, func(verdict) {})
	defer p.close()
	mark(p, "a", true)
	access := newAccessLog("g")
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	go access.lines.run(ctx, io.Discard)
	srv := httptest.NewServer(newGateway(c, p, nil, access))
	defer srv.Close()
	b.RunParallel(func(pb *testing.PB) {
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
		for pb.Next() {
			res, err := client.Get(srv.URL + "/orders")
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
	})
}
