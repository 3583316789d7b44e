package tokens

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// counts are a verifier's metrics.
type counts struct {
	results *prometheus.CounterVec
	keys    *Keys
}

func newCounts(k *Keys) *counts {
	c := &counts{keys: k, results: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "gateway_tokens_total", Help: "Tokens looked at, by result: accepted, no-keys, or why they were refused."}, []string{"result"})}
	for _, r := range append(Reasons(), accepted, noKeys) {
		c.results.WithLabelValues(r) // so that rates begin at 0
	}
	return c
}

const (
	accepted = "accepted"
	noKeys   = "no-keys"
)

func (c *counts) checked(err error) {
	result := accepted
	var r *Refusal
	switch {
	case errors.As(err, &r):
		result = r.Reason
	case err != nil:
		result = noKeys
	}
	c.results.WithLabelValues(result).Inc()
}

// Collectors are the verifier's metrics.
func (v *Verifier) Collectors() []prometheus.Collector {
	k := v.keys
	read := func(f func() float64) func() float64 {
		return func() float64 {
			k.mu.Lock()
			defer k.mu.Unlock()
			return f()
		}
	}
	fetches := func(i int, result string) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "gateway_token_key_fetches_total", Help: "Questions to the issuer for its keys, by result.",
			ConstLabels: prometheus.Labels{"result": result}}, read(func() float64 { return float64(k.fetches[i]) }))
	}
	return []prometheus.Collector{v.counts.results, fetches(0, "ok"), fetches(1, "failed"),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "gateway_token_keys", Help: "Keys of the issuer that are known."},
			read(func() float64 { return float64(len(k.keys)) })),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "gateway_token_keys_age_seconds", Help: "Time since the issuer gave its keys last; -1 while there are none."},
			read(func() float64 {
				if k.heard.IsZero() {
					return -1
				}
				return time.Since(k.heard).Seconds()
			}))}
}
