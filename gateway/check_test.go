package gateway

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/api"
	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/health"
)

func TestDefaultsAreFine(t *testing.T) {
	c := Config{}.Defaults()
	if errs := c.Check(); len(errs) > 0 {
		t.Errorf("defaults: %v", errs)
	}
	if want := 4500 * time.Millisecond; c.Drain != want {
		t.Errorf("drain is %v, want %v: check interval, timeout and TTL", c.Drain, want)
	}
	if fmt.Sprint(c.Defaults()) != fmt.Sprint(c) {
		t.Error("defaults of defaults differ")
	}
}

func TestDefaultsKeepWhatIsSet(t *testing.T) {
	in := []Region{{Name: "a"}, {Name: "b", Role: Primary, Gateways: 1}}
	c := Config{Regions: in, Health: health.Config{Interval: 200 * time.Millisecond}}.Defaults()
	if c.Regions[0].Role != Standby || c.Regions[1].Role != Primary || c.Regions[1].Gateways != 1 || c.Regions[1].APIs != 2 {
		t.Errorf("regions became %+v", c.Regions)
	}
	if c.Health.Interval != 200*time.Millisecond || c.Health.Threshold != 3 {
		t.Errorf("health became %+v", c.Health)
	}
	if in[0].Role != "" {
		t.Error("the caller's regions were changed")
	}
}

func TestCheckFindsAllThatIsWrong(t *testing.T) {
	c := Config{
		Regions: []Region{{Name: "US East"}, {Name: "eu", Role: Primary, APIs: -1}, {Name: "eu", Role: Primary}, {Name: "edge", Role: "boss"}},
		Routing: "luck", Replication: "hope", Balance: "none", Bugs: []string{bug.NoDrain, "moth"}, TTL: time.Millisecond,
		Weights: map[string]int{"mars-api-1": 2, "eu-api-1": 0}, Vaults: []string{"eu", "mars", "eu"},
		Serverless: &api.Serverless{Concurrency: 1, Max: 1, Min: 2, Idle: time.Second},
		Health:     health.Config{Interval: time.Nanosecond, Threshold: -1},
	}.Defaults()
	c.Retries.Budget = -1
	var fields []string
	for _, err := range c.Check() {
		var p Problem
		if !errors.As(err, &p) || p.Why == "" {
			t.Errorf("not a problem with a field: %v", err)
		}
		fields = append(fields, p.Field)
	}
	slices.Sort(fields)
	want := "backup-vaults balance bugs health.interval health.threshold regions regions.US East regions.edge regions.edge.role regions.eu " +
		"regions.eu.apis replication retries.budget routing serverless.min-instances ttl weights.eu-api-1 weights.mars-api-1"
	got := strings.Join(slices.Compact(fields), " ")
	for field := range strings.SplitSeq(want, " ") {
		if !strings.Contains(got, field) {
			t.Errorf("nothing about %s", field)
		}
	}
	if got != want {
		t.Errorf("problems with\n%s\nwant\n%s", got, want)
	}
}

func TestBugsAreDocumented(t *testing.T) {
	for _, b := range Bugs() {
		if b.Summary == "" || !bug.Known(b.Name) {
			t.Errorf("bug %+v", b)
		}
	}
	for _, name := range []string{bug.AckBeforeReplicate, bug.NoFailover, bug.HealthCheckLies, bug.RetryStorm,
		bug.NoFailback, bug.SplitBrain, bug.NoDrain, bug.SlowEjection} {
		if !bug.Known(name) {
			t.Errorf("%s is not listed", name)
		}
	}
}
