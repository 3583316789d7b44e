package proxy

import (
	"net"
	"net/http"
	"time"
)

// An upstream is one node and what the pool knows of it, guarded by the pool.
type upstream struct {
	Upstream
	transport *http.Transport

	judged  bool // an active check has said something
	active  bool // active checks find it healthy
	ejected bool // failed requests have put it out
	told    bool // a verdict was told…
	telling bool // …and it was this one

	fails     int // failed requests in a row
	passes    int // passed active checks since it was ejected
	ejections int
	back      *time.Timer // ends the ejection
	inflight  int
	overflows int       // times that it was full when a request came
	since     time.Time // when it came back, while its slow start lasts
	used      uint64    // when it was chosen last, in picks
	credit    int       // of the smooth round robin
}

func (u *upstream) healthy() bool { return u.active && !u.ejected }

// newUpstream gives each upstream connections of its own, so that those of a
// silent one can be dropped alone.
func newUpstream(config Upstream, t Timeouts) *upstream {
	dialer := &net.Dialer{Timeout: t.Connect, KeepAlive: 15 * time.Second}
	return &upstream{Upstream: config, transport: &http.Transport{
		DialContext:         dialer.DialContext,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     30 * time.Second,
		DisableCompression:  true,
	}}
}
