package proxy

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/drillctl/drillctl/gateway/store/reply"
)

var (
	// errNoRoutes means that nobody has given the gateway its routes: 503.
	errNoRoutes = errors.New("the gateway has no routes")
	// errNoRoute means that none of them takes the request: 404.
	errNoRoute = errors.New("no route takes this path")
)

// VersionHeader names the version of the routes on answers of a gateway that has
// them from a control plane.
const VersionHeader = "X-Config-Version"

// routed sends a request where the routes say, and counts how it went.
func (g *gateway) routed(w *recorder, r *http.Request) {
	if g.follow == nil {
		g.limited(w, r)
		return
	}
	to, version, err := g.follow.route(r.URL.Path)
	if err != nil {
		g.refuse(w, r, err)
		g.follow.count(version, w)
		return
	}
	if to != r.URL.Path {
		u := *r.URL
		u.Path, u.RawPath = to, ""
		r = r.WithContext(r.Context())
		r.URL = &u
	}
	defer func() { g.follow.count(version, w) }()
	g.limited(w, r)
}

// route is where a path leads, by which version.
func (f *follower) route(path string) (to string, version int, err error) {
	f.mu.Lock()
	t := f.table
	f.mu.Unlock()
	if t == nil {
		return "", 0, errNoRoutes
	}
	to, ok := t.Map(path)
	if !ok {
		return "", t.Version, errNoRoute
	}
	return to, t.Version, nil
}

// count notes an answer for the control plane, unless the routes have changed
// meanwhile. That a client asks for an order that is not there is its own affair.
func (f *follower) count(version int, w *recorder) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.table == nil || f.table.Version != version || w.status == statusClientGone {
		return
	}
	f.requests++
	if w.status == 0 || w.status >= 500 || w.status == http.StatusNotFound && w.Header().Get(reply.Missing) == "" {
		f.bad++
	}
}

func (g *gateway) stampVersion(h http.Header) {
	if g.follow != nil {
		v, _ := g.follow.version()
		h.Set(VersionHeader, strconv.Itoa(v))
	}
}
