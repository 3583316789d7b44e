package proxy

import (
	"net"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/drillctl/drillctl/gateway/listen"
)

// crowded puts the limits of connections into force, if there are any, and shows
// in the metrics how they are used.
func (g *gateway) crowded(all []net.Listener) []net.Listener {
	if g.config.Clients.Limits == (listen.Limits{}) {
		return all
	}
	crowd := listen.NewCrowd(g.config.Clients.Limits)
	g.metrics.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "gateway_connections", Help: "Connections of clients that are served."},
			func() float64 { return float64(crowd.Open()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "gateway_connections_refused_total", Help: "Connections refused because their client had as many as it may."},
			func() float64 { return float64(crowd.Refused()) }))
	return crowd.Limit(all)
}
