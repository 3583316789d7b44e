package proxy

import (
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/drillctl/drillctl/gateway/quota"
)

// newQuota is what asks requests for their key, nil where they need none.
func newQuota(c Config, m *metrics) *quota.Gate {
	if c.Quota == nil {
		return nil
	}
	q := *c.Quota
	q.Bugs = c.Bugs
	client := &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{Timeout: time.Second}).DialContext,
		MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second, DisableCompression: true}}
	gate := quota.New(q, client)
	count := func(name, help string, n func() uint64) {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(n()) }))
	}
	count("gateway_rate_limited_total", "Requests refused because their tenant had sent as many as it may.", gate.Counts.Limited)
	count("gateway_keys_refused_total", "Requests without an API key, or with one that nobody has.", gate.Counts.Unknown)
	count("gateway_keys_unsure_total", "Requests refused because the key's store, or the quota store, did not answer.", gate.Counts.Unsure)
	count("gateway_quota_alone_total", "Requests decided by the own count, as the quota store did not answer.", gate.Counts.Alone)
	return gate
}

// explain adds to a refusal what a client needs to do better.
func explain(h http.Header, err error) {
	var r *quota.Refusal
	if !errors.As(err, &r) {
		return
	}
	if r.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `APIKey header="`+quota.KeyHeader+`"`)
	}
	if r.Retry > 0 {
		h.Set("Retry-After", quota.Seconds(r.Retry))
	}
}
