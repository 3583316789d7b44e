package proxy

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"time"
)

type connEndKey struct{}

// age gives each client's connection a time from which on it is asked to come
// anew. Clients resolve the name only when they connect, so without a limit a
// pooled client never follows the DNS back to a healed region. Between half of
// the keep-alive time and all of it, so that clients do not come all at once.
func (c Config) age(ctx context.Context, _ net.Conn) context.Context {
	if c.KeepAlive <= 0 {
		return ctx
	}
	life := c.KeepAlive/2 + rand.N(c.KeepAlive/2+1)
	return context.WithValue(ctx, connEndKey{}, time.Now().Add(life))
}

// old says whether a request's connection has had its time.
func old(r *http.Request) bool {
	end, ok := r.Context().Value(connEndKey{}).(time.Time)
	return ok && time.Now().After(end)
}
