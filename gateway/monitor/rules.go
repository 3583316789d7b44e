package monitor

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
)

// The limits of the rules.
const (
	errorShare  = 0.05 // of the answers
	slowSeconds = 0.2  // 99th percentile
	shiftShare  = 0.3  // of all requests, against what is usual
	fewest      = 20   // requests in the window that a region's rules need
	usualLeast  = 100  // requests that say what is usual
)

// A rule finds the labels for which its condition holds now, each with the value
// that it found.
type rule struct {
	name, query, summary, severity string
	holds                          func(*monitor) []finding
}

type finding struct {
	labels map[string]string
	value  float64
}

// rules lists all of them. Their queries say in PromQL what is evaluated here.
func rules(window, expiry time.Duration) []rule {
	w := promDuration(window)
	return []rule{
		{"GatewayErrors", fmt.Sprintf(`sum by (region) (rate(gateway_requests_total{code=~"5..|0"}[%s])) / sum by (region) (rate(gateway_requests_total[%s])) > %g`, w, w, errorShare),
			"gateways of the region fail more than 5 % of the requests", "page", (*monitor).errors},
		{"GatewaySlow", fmt.Sprintf(`histogram_quantile(0.99, sum by (region, le) (rate(gateway_request_duration_seconds_bucket[%s]))) > %g`, w, slowSeconds),
			"the slowest hundredth of the region's requests takes more than 200 ms", "page", (*monitor).slow},
		{"GatewayDown", "up == 0", "the gateway does not answer", "page", (*monitor).down},
		{"TrafficShifted", fmt.Sprintf(`abs(region:gateway_requests:share%s - region:gateway_requests:share_usual) > %g`, w, shiftShare),
			"the region serves another part of the traffic than usual", "ticket", (*monitor).shifted},
		{"CertificateExpiring", fmt.Sprintf("gateway_tls_certificate_expiry_timestamp_seconds - time() < %g", expiry.Seconds()),
			"the certificate that the gateway serves ends soon, or has ended", "ticket", (*monitor).expiring},
	}
}

// promDuration is a duration as Prometheus writes it: 1m30s, 3s, 500ms.
func promDuration(d time.Duration) string {
	if d%time.Second != 0 {
		return fmt.Sprintf("%dms", d.Milliseconds())
	}
	return fmt.Sprintf("%ds", int(d.Seconds()))
}

// perRegion asks a question of every region that has enough requests.
func (m *monitor) perRegion(ask func(counts) (float64, bool)) []finding {
	var out []finding
	all := m.byRegion()
	for _, region := range slices.Sorted(maps.Keys(all)) {
		if all[region].total < fewest {
			continue
		}
		if v, holds := ask(all[region]); holds {
			out = append(out, finding{map[string]string{"region": region}, v})
		}
	}
	return out
}

func (m *monitor) errors() []finding {
	return m.perRegion(func(c counts) (float64, bool) {
		share := c.failed / c.total
		return share, share > errorShare
	})
}

func (m *monitor) slow() []finding {
	return m.perRegion(func(c counts) (float64, bool) {
		p99 := quantile(0.99, c.within)
		return p99, p99 > slowSeconds
	})
}

// quantile is Prometheus's histogram_quantile: linear within a bucket, and the
// largest finite bound beyond.
func quantile(q float64, within map[float64]float64) float64 {
	bounds := slices.Sorted(maps.Keys(within))
	if len(bounds) == 0 || within[bounds[len(bounds)-1]] == 0 {
		return 0
	}
	rank := q * within[bounds[len(bounds)-1]]
	from, below := 0.0, 0.0
	for _, le := range bounds {
		if n := within[le]; n >= rank {
			if math.IsInf(le, 1) {
				return from
			}
			return from + (le-from)*(rank-below)/(n-below)
		}
		from, below = le, within[le]
	}
	return from
}

func (m *monitor) down() []finding {
	var out []finding
	for _, s := range m.targets {
		if !s.up() {
			out = append(out, finding{map[string]string{"region": s.Region, "instance": s.Name}, 0})
		}
	}
	return out
}

// shifted holds each region's share of the requests against the share that is
// usual. That is learnt while nothing is odd, from what has left the window.
func (m *monitor) shifted() []finding {
	all, total := m.byRegion(), 0.0
	for _, c := range all {
		total += c.total
	}
	usual := 0.0
	for _, n := range m.usual {
		usual += n
	}
	var out []finding
	for _, region := range slices.Sorted(maps.Keys(all)) {
		if total < fewest || usual < usualLeast {
			break
		}
		if odd := all[region].total/total - m.usual[region]/usual; math.Abs(odd) > shiftShare {
			out = append(out, finding{map[string]string{"region": region}, odd})
		}
	}
	for _, s := range m.targets {
		for i := range s.looks {
			s.looks[i].odd = s.looks[i].odd || len(out) > 0
		}
		m.usual[s.Region] += s.past
		s.past = 0
	}
	return out
}

// expiring are the gateways whose certificate ends sooner than it should be renewed.
func (m *monitor) expiring() []finding {
	var out []finding
	for _, s := range m.targets {
		left := s.ends - float64(m.now.UnixMilli())/1000
		if s.ends > 0 && left < m.Expiry.Seconds() && !m.has(bug.BlindToExpiry) {
			out = append(out, finding{map[string]string{"region": s.Region, "instance": s.Name}, left})
		}
	}
	return out
}
