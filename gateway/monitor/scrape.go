package monitor

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/drillctl/drillctl/gateway/bug"
)

// counts are what a gateway has counted since it started, or within a time.
type counts struct {
	total, failed float64             // requests; those answered with 5xx, or not to their end
	within        map[float64]float64 // requests by the upper bounds of their duration in seconds
}

// since is what came on top of an earlier look. A counter that went down was
// started anew.
func (c counts) since(was counts) counts {
	if c.total < was.total || c.failed < was.failed {
		was = counts{}
	}
	out := counts{total: c.total - was.total, failed: c.failed - was.failed, within: map[float64]float64{}}
	for le, n := range c.within {
		out.within[le] = max(0, n-was.within[le])
	}
	return out
}

func (c *counts) add(o counts) {
	c.total, c.failed = c.total+o.total, c.failed+o.failed
	if c.within == nil {
		c.within = map[float64]float64{}
	}
	for le, n := range o.within {
		c.within[le] += n
	}
}

// A look is what one scrape of a target came to.
type look struct {
	at    time.Time
	up    bool
	moved counts // since the scrape before, if both were answered
	odd   bool   // it was in the window while the traffic was not as usual
}

// A scraper looks at one target again and again.
type scraper struct {
	Target
	client *http.Client
	blind  bool
	last   *counts
	looks  []look  // of the window, the newest last
	past   float64 // requests that have left the window since the rules last looked
	ends   float64 // of the served certificate, in seconds since 1970, as last heard; 0 is none
}

// look is one scrape; with the bug blind-monitor it is of the health page, which
// says that the gateway lives and nothing of what clients get.
func (s *scraper) look(ctx context.Context, now time.Time, keep time.Duration) {
	l := look{at: now}
	c, ends, err := s.ask(ctx)
	s.ends = ends
	if l.up = err == nil; l.up {
		if s.last != nil {
			l.moved = c.since(*s.last)
		}
		s.last = &c
	}
	s.looks = append(s.looks, l)
	for len(s.looks) > 0 && now.Sub(s.looks[0].at) >= keep {
		if !s.looks[0].odd {
			s.past += s.looks[0].moved.total
		}
		s.looks = s.looks[1:]
	}
}

func (s *scraper) ask(ctx context.Context) (counts, float64, error) {
	path := "/metrics"
	if s.blind {
		path = "/healthz"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path, nil)
	if err != nil {
		return counts{}, 0, err
	}
	res, err := s.client.Do(req)
	if err != nil {
		return counts{}, 0, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return counts{}, 0, fmt.Errorf("%s answered %s", path, res.Status)
	}
	if s.blind {
		_, err = io.Copy(io.Discard, res.Body)
		return counts{}, 0, err
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(res.Body)
	if err != nil {
		return counts{}, 0, err
	}
	return countsOf(families), endOf(families), nil
}

// endOf is until when the served certificate is valid.
func endOf(families map[string]*dto.MetricFamily) float64 {
	for _, m := range families["gateway_tls_certificate_expiry_timestamp_seconds"].GetMetric() {
		return m.GetGauge().GetValue()
	}
	return 0
}

func countsOf(families map[string]*dto.MetricFamily) counts {
	c := counts{within: map[float64]float64{}}
	for _, m := range families["gateway_requests_total"].GetMetric() {
		n := m.GetCounter().GetValue()
		c.total += n
		for _, l := range m.GetLabel() {
			if code := l.GetValue(); l.GetName() == "code" && (strings.HasPrefix(code, "5") || code == "0") {
				c.failed += n
			}
		}
	}
	for _, m := range families["gateway_request_duration_seconds"].GetMetric() {
		for _, b := range m.GetHistogram().GetBucket() {
			c.within[b.GetUpperBound()] += float64(b.GetCumulativeCount())
		}
	}
	return c
}

// within sums up what has moved in the window.
func (s *scraper) within() counts {
	var out counts
	for _, l := range s.looks {
		out.add(l.moved)
	}
	return out
}

func (s *scraper) up() bool { return len(s.looks) == 0 || s.looks[len(s.looks)-1].up }

// scrape looks at all targets at once; none may take longer than an interval.
func (m *monitor) scrape(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, max(m.Interval, 250*time.Millisecond))
	defer stop()
	now := time.Now()
	var wg sync.WaitGroup
	for _, s := range m.targets {
		wg.Go(func() { s.look(ctx, now, m.Window) })
	}
	wg.Wait()
}

func scrapers(c Config) []*scraper {
	client := &http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}
	var out []*scraper
	for _, t := range c.Targets {
		out = append(out, &scraper{Target: t, client: client, blind: c.has(bug.BlindMonitor)})
	}
	return out
}

// byRegion sums up what has moved in each region within the window.
func (m *monitor) byRegion() map[string]counts {
	out := map[string]counts{}
	for _, s := range m.targets {
		c := out[s.Region]
		c.add(s.within())
		out[s.Region] = c
	}
	return out
}
