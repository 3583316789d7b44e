package proxy

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are a gateway's own, in a registry of its own.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec // by code; 0: the answer broke off
	tries    *prometheus.CounterVec // by upstream and result
	retries  prometheus.Counter
	shed     prometheus.Counter
	inflight prometheus.Gauge
	latency  prometheus.Histogram

	handshakes prometheus.Counter // that failed; nil without TLS
}

func newMetrics(p *pool, f *follower) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "gateway_requests_total", Help: "Requests answered, by status code."}, []string{"code"}),
		tries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "gateway_upstream_tries_total", Help: "Requests sent to upstreams, by result."}, []string{"upstream", "result"}),
		retries: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "gateway_retries_total", Help: "Tries after the first of a request."}),
		shed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "gateway_shed_total", Help: "Requests refused because as many as may be were in flight."}),
		inflight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "gateway_requests_in_flight", Help: "Requests being answered."}),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "gateway_request_duration_seconds", Help: "Time from the request to the end of its answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5}}),
	}
	m.registry.MustRegister(m.requests, m.tries, m.retries, m.shed, m.inflight, m.latency, poolCollector{p})
	if f != nil {
		m.registry.MustRegister(
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name: "gateway_config_version", Help: "Version of the routes; 0 while there are none."},
				func() float64 { v, _ := f.version(); return float64(v) }),
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name: "gateway_config_age_seconds", Help: "Time since the control plane was heard last."},
				func() float64 { _, age := f.version(); return age.Seconds() }))
	}
	return m
}

func (m *metrics) observe(status int, took time.Duration) {
	m.requests.WithLabelValues(strconv.Itoa(status)).Inc()
	m.latency.Observe(took.Seconds())
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// poolCollector reads the pool when it is asked.
type poolCollector struct{ pool *pool }

// The descriptions of what is read.
var (
	perUpstream   = []string{"upstream", "region"}
	descHealthy   = prometheus.NewDesc("gateway_upstream_healthy", "1 if requests may be sent to it.", perUpstream, nil)
	descEjections = prometheus.NewDesc("gateway_upstream_ejections_total", "Ejections because of failed requests.", perUpstream, nil)
	descInFlight  = prometheus.NewDesc("gateway_upstream_requests_in_flight", "Requests that it has not answered.", perUpstream, nil)
	descOverflows = prometheus.NewDesc("gateway_upstream_overflows_total", "Times that it was passed over with as many requests in flight as it may have.", perUpstream, nil)
	descShare     = prometheus.NewDesc("gateway_upstream_share", "Part of its requests that it is given: below 1 in its slow start.", perUpstream, nil)
	descPanic     = prometheus.NewDesc("gateway_panic", "1 while so few upstreams are healthy that checks are not believed.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c poolCollector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descHealthy, descEjections, descInFlight, descOverflows, descShare, descPanic} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c poolCollector) Collect(to chan<- prometheus.Metric) {
	for _, s := range c.pool.states() {
		to <- prometheus.MustNewConstMetric(descHealthy, prometheus.GaugeValue, oneIf(s.Healthy), s.Name, s.Region)
		to <- prometheus.MustNewConstMetric(descEjections, prometheus.CounterValue, float64(s.Ejections), s.Name, s.Region)
		to <- prometheus.MustNewConstMetric(descInFlight, prometheus.GaugeValue, float64(s.InFlight), s.Name, s.Region)
		to <- prometheus.MustNewConstMetric(descOverflows, prometheus.CounterValue, float64(s.Overflows), s.Name, s.Region)
		to <- prometheus.MustNewConstMetric(descShare, prometheus.GaugeValue, s.Share, s.Name, s.Region)
	}
	to <- prometheus.MustNewConstMetric(descPanic, prometheus.GaugeValue, oneIf(c.pool.panicking()))
}

func oneIf(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
