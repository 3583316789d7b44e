package drill_test

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

func health(t time.Duration, by, subject, region, to string) drill.Event {
	return drill.Event{At: t, Kind: drill.KindHealth, Subject: subject, Region: region, Data: map[string]string{"by": by, "to": to}}
}

func TestDetection(t *testing.T) {
	t.Parallel()
	const down, up = drill.Unhealthy, drill.Healthy
	for _, c := range []struct {
		name  string
		event drill.Event
		whole bool // the step takes the region down
		want  float64
	}{
		{"by another", health(9*sec, "b-gateway-1", "a-api-1", "a", down), false, 1},
		{"of the region", health(9*sec, "b-dns-1", "a", "a", down), true, 1},
		{"of a neighbour within", health(9*sec, "b-dns-1", "a-api-2", "a", down), true, 1},
		{"of a neighbour of one target", health(9*sec, "b-dns-1", "a-api-2", "a", down), false, -1},
		{"by the target", health(9*sec, "a-api-1", "a", "a", down), true, -1},
		{"of another region", health(9*sec, "b-gateway-1", "b-api-1", "b", down), true, -1},
		{"before the damage", health(7*sec, "b-gateway-1", "a-api-1", "a", down), true, -1},
		{"after it was gone", health(13*sec, "b-gateway-1", "a-api-1", "a", down), true, -1},
		{"good news", health(9*sec, "b-gateway-1", "a-api-1", "a", up), true, -1},
	} {
		sp := spec(50, 0)
		sp.Steps[0].TakesDown = c.whole
		l := log(8*sec, 12*sec, 21*sec)
		c.event.Seq = 77
		l.Events = append(l.Events, c.event, health(9500*ms, "b-gateway-1", "nobody", "c", down))
		r := measure(t, l, newModel(1).stream(sp, 20*sec), nil, sp).Reading(drill.MetricDetect)
		if r.Known != (c.want >= 0) || r.Known && (r.Value != c.want || r.From[0] != 77) {
			t.Errorf("%s: %+v, want %v", c.name, r, c.want)
		}
	}
}

// Of several steps the slowest counts, and what nobody reported while it lasted
// was not noticed sooner for that another step was.
func TestDetectionOfTheSlowestStep(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		second   []drill.Event
		want     float64
		censored bool
	}{
		{"both", []drill.Event{health(11*sec, "c-store-1", "b-store-1", "b", drill.Unhealthy)}, 2, false},
		{"one", nil, 4, true},
	} {
		sp := spec(50, 0)
		sp.Steps = append(sp.Steps, drill.StepSpec{ID: "steps[1]", Fault: "corrupt-backup", Targets: []string{"b-store-1"}})
		l := log(8*sec, 14*sec, 21*sec)
		l.Events = append(l.Events, health(9*sec, "b-gateway-1", "a-api-1", "a", drill.Unhealthy))
		for at, kind := range map[time.Duration]drill.Kind{9*sec - ms: drill.KindFaultFired, 9 * sec: drill.KindFaultApplied, 13 * sec: drill.KindFaultReverted} {
			l.Events = append(l.Events, drill.Event{At: at, Kind: kind, Subject: "steps[1]", Step: "steps[1]"})
		}
		l.Events = append(l.Events, c.second...)
		slices.SortStableFunc(l.Events, func(a, b drill.Event) int { return cmp.Compare(a.At, b.At) })
		r := measure(t, l, newModel(1).stream(sp, 20*sec), nil, sp).Reading(drill.MetricDetect)
		if !r.Known || r.Value != c.want || r.Censored != c.censored {
			t.Errorf("%s: %+v, want %v", c.name, r, c.want)
		}
	}
}
