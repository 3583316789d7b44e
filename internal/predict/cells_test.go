package main

import (
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/drill/predict"
	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/scenarios"
)

// Every cell is a scenario that can be run, with the settings of the cell.
func TestCellsAreScenarios(t *testing.T) {
	all := cells()
	if len(all) < 60 {
		t.Errorf("only %d cells", len(all))
	}
	for _, c := range all {
		sc, problems := scenarios.Parse("cell.yaml", []byte(c.scenario()), faults.All())
		if len(problems) > 0 {
			t.Fatalf("%s: %v\n%s", c, problems, c.scenario())
		}
		g := sc.System.Gateway
		if time.Duration(g.Health.Interval) != c.settings.Interval || time.Duration(g.TTL) != c.settings.TTL || g.Health.Threshold != c.settings.Threshold {
			t.Errorf("%s: %+v", c, g)
		}
		if f := c.bound().Failover; time.Duration(sc.Steps[0].For) <= f.Upper+c.settings.Interval {
			t.Errorf("%s: the fault is over before the slowest failover", c)
		}
	}
}

func TestCompare(t *testing.T) {
	c := cell{fault: "blackhole", settings: predict.Settings{Interval: time.Second, Timeout: 500 * time.Millisecond, Threshold: 3, TTL: time.Second}}
	known := func(v float64) drill.Reading { return drill.Reading{Known: true, Value: v} }
	for _, tt := range []struct {
		detection, failover float64
		want                bool
	}{{3, 4, true}, {3, 5.4, true}, {3, 5.6, false}, {1, 4, false}} {
		if _, ok := c.compare(predict.Measured{Detection: known(tt.detection), Failover: known(tt.failover)}); ok != tt.want {
			t.Errorf("%v: %v", tt, ok)
		}
	}
}
