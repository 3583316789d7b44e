// Package counts is the quota store of the bundled system: it keeps the token
// buckets that the gateways of all regions share. They are in memory only: after a
// restart every tenant begins with a full one.
//
//	POST /take       a tenant (name, key, rate, burst) takes one token; answers a quota.Decision
//	GET  /healthz
package counts

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"github.com/drillctl/drillctl/gateway/listen"
	"github.com/drillctl/drillctl/gateway/quota"
	"github.com/drillctl/drillctl/gateway/store/order"
	"github.com/drillctl/drillctl/gateway/store/reply"
)

// A Config is all that a quota store has to know.
type Config struct {
	Name   string     `json:"name"`
	Region string     `json:"region"`
	Addr4  netip.Addr `json:"addr4"`
	Addr6  netip.Addr `json:"addr6"`
	Port   uint16     `json:"port"`
}

// Run serves until ctx ends, and returns nil then.
func Run(ctx context.Context, c Config) error {
	listeners, err := listen.TCP(ctx, c.Port, c.Addr4, c.Addr6)
	if err != nil {
		return fmt.Errorf("starting quota store %s: %w", c.Name, err)
	}
	srv := &http.Server{Handler: routes(c), ReadHeaderTimeout: 2 * time.Second, ReadTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	return listen.Until(ctx, srv, listeners)
}

func routes(c Config) http.Handler {
	buckets := quota.NewBuckets()
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", reply.ByMethod(map[string]http.HandlerFunc{"GET": func(w http.ResponseWriter, _ *http.Request) {
		reply.JSON(w, http.StatusOK, map[string]string{"name": c.Name, "region": c.Region})
	}}))
	mux.HandleFunc("/take", reply.ByMethod(map[string]http.HandlerFunc{"POST": func(w http.ResponseWriter, r *http.Request) {
		t, err := order.DecodeTenant(r.Body)
		if err != nil {
			reply.Error(w, http.StatusBadRequest, err.Error())
			return
		}
		reply.JSON(w, http.StatusOK, buckets.Take(t.Key, t.Rate, t.Burst, time.Now()))
	}}))
	mux.HandleFunc("/", reply.NoSuchPath)
	return mux
}
