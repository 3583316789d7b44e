package scenarios

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// Regression says how much worse than its baseline a reading may be, by the key
// of its objective. Shares of good requests are not here: eed is their time.
type Regression struct {
	Failover    *Margin `yaml:"failover" metric:"failover" doc:"fault in force to recovery"`
	RTO         *Margin `yaml:"rto" metric:"rta" doc:"start of the outage to recovery"`
	RPO         *Margin `yaml:"rpo" metric:"rpa" doc:"age of the oldest acknowledged write that is lost"`
	Downtime    *Margin `yaml:"downtime" metric:"downtime" doc:"sum of outages"`
	EED         *Margin `yaml:"eed" metric:"error-equivalent-downtime" doc:"bad requests over the offered rate"`
	Detect      *Margin `yaml:"detect" metric:"detect" doc:"fault in force to the first report by the system itself"`
	Failback    *Margin `yaml:"failback" metric:"failback" doc:"fault gone to the region's baseline share"`
	Disturbance *Margin `yaml:"failback-disturbance" metric:"failback-disturbance" doc:"error-equivalent downtime of the return"`
	P99         *Margin `yaml:"p99" metric:"p99" doc:"99th percentile of good requests while the fault lasts"`
	Staleness   *Margin `yaml:"staleness" metric:"staleness" doc:"age of an acknowledged write that a read misses"`
}

// A Margin is how much worse is allowed: +25% of the baseline's median, or +2s.
type Margin struct {
	Relative float64
	Absolute Duration
}

var marginForm = form{regexp.MustCompile(`^\+ ?([0-9]+(\.[0-9]+)? ?%|([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+)$`), "a margin", "+25% or +500ms"}

// UnmarshalText reads a margin.
func (m *Margin) UnmarshalText(b []byte) error {
	s := string(b)
	if err := marginForm.check(s); err != nil {
		return err
	}
	s = strings.TrimSpace(strings.TrimPrefix(s, "+"))
	*m = Margin{}
	if !strings.HasSuffix(s, "%") {
		return m.Absolute.UnmarshalText([]byte(s))
	}
	r, err := ratio(s)
	if err != nil {
		return err
	}
	if r > maxMargin {
		return fmt.Errorf("%q is too much to be a gate; at most +1000%%", string(b))
	}
	m.Relative = r
	return nil
}

const maxMargin = 10

// MarshalText writes the margin as it would be written.
func (m Margin) MarshalText() ([]byte, error) {
	if m.Absolute > 0 {
		return []byte("+" + m.Absolute.String()), nil
	}
	return append([]byte("+"), percentage(m.Relative)...), nil
}

// regressions lists the gates that are set, in the order of the type.
func (s *Scenario) regressions() []drill.Regression {
	var out []drill.Regression
	v := reflect.ValueOf(s.Regression)
	for i := range v.NumField() {
		t, m := v.Type().Field(i), v.Field(i).Interface().(*Margin)
		if m != nil {
			out = append(out, drill.Regression{Metric: t.Tag.Get("metric"), Objective: keyOf(t), Relative: m.Relative, Absolute: time.Duration(m.Absolute).Seconds()})
		}
	}
	return out
}

// regressions refuses gates of what nothing measures.
func (c *checker) regressions() {
	for _, r := range c.s.regressions() {
		path := "regression." + r.Objective
		if why, hint := c.unmeasurable(drill.Objective{ID: r.Objective, Metric: r.Metric}); why != "" {
			c.errorf(path, hint, "%s: nothing measures it: %s", path, why)
		}
	}
}
