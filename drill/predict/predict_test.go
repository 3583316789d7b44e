package predict

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

const second = time.Second

func TestPredict(t *testing.T) {
	ms := time.Millisecond
	for _, tt := range []struct {
		name                string
		s                   Settings
		silent, refused     Span // detection
		silentTo, refusedTo Span // failover
	}{
		{"the rule of thumb of Route 53, 30 s x 3 + 60 s, plus the timeout", Settings{Interval: 30 * second, Timeout: 6 * second, Threshold: 3, TTL: 60 * second},
			Span{66 * second, 81 * second, 96 * second}, Span{60 * second, 75 * second, 90 * second},
			Span{66 * second, 111 * second, 156 * second}, Span{60 * second, 105 * second, 150 * second}},
		{"the bundled system", Settings{Interval: second, Timeout: 500 * ms, Threshold: 3, TTL: second, Phase: 0.8},
			Span{2500 * ms, 3300 * ms, 3500 * ms}, Span{2 * second, 2800 * ms, 3 * second},
			Span{2500 * ms, 3800 * ms, 4500 * ms}, Span{2 * second, 3300 * ms, 4 * second}},
		{"one failure, no DNS", Settings{Interval: 10 * second, Timeout: second, Threshold: 1},
			Span{second, 6 * second, 11 * second}, Span{0, 5 * second, 10 * second},
			Span{second, 6 * second, 11 * second}, Span{0, 5 * second, 10 * second}},
		{"checks that outlast their interval are a timeout apart", Settings{Interval: second, Timeout: 2 * second, Threshold: 2},
			Span{4 * second, 5 * second, 6 * second}, Span{second, 1500 * ms, 2 * second},
			Span{4 * second, 5 * second, 6 * second}, Span{second, 1500 * ms, 2 * second}},
	} {
		b := Predict(tt.s)
		if b[0].Loss != Silent || b[1].Loss != Refused {
			t.Fatalf("%s: %v", tt.name, b)
		}
		for i, want := range []Span{tt.silent, tt.refused} {
			if b[i].Detection != want {
				t.Errorf("%s, %s: detection %v, want %v", tt.name, b[i].Loss, b[i].Detection, want)
			}
		}
		for i, want := range []Span{tt.silentTo, tt.refusedTo} {
			if b[i].Failover != want {
				t.Errorf("%s, %s: failover %v, want %v", tt.name, b[i].Loss, b[i].Failover, want)
			}
		}
	}
}

// Requests that need the data wait for its writer.
// Clients that keep answers for longer than the TTL are the slowest part of all;
// those that ask for every connection have no TTL to wait for.
func TestPredictClients(t *testing.T) {
	s := Settings{Interval: second, Timeout: second / 2, Threshold: 3, TTL: 2 * second}
	for _, tt := range []struct {
		clients drill.ResolverSpec
		kept    time.Duration
	}{
		{drill.ResolverSpec{}, 2 * second}, {drill.ResolverSpec{AtLeast: second}, 2 * second}, {drill.ResolverSpec{AtLeast: 30 * second}, 30 * second},
		{drill.ResolverSpec{IgnoreTTL: true}, 0}, {drill.ResolverSpec{IgnoreTTL: true, AtLeast: second}, second},
	} {
		s.Clients = tt.clients
		for _, b := range Predict(s) {
			if b.Failover.Upper != b.Detection.Upper+tt.kept || b.Failover.Typical != b.Detection.Typical+tt.kept/2 || b.Failover.Lower != b.Detection.Lower {
				t.Errorf("%+v: %+v", tt.clients, b)
			}
		}
	}
}

func TestPredictData(t *testing.T) {
	s := Settings{Interval: second, Timeout: second / 2, Threshold: 3, TTL: second}
	plain := Predict(s)[0].Failover
	s.Data = Span{Lower: second, Typical: 2 * second, Upper: 4 * second}
	if got := Predict(s)[0].Failover; got != plain {
		t.Errorf("slow checks hide it: %v, want %v", got, plain)
	}
	s.Interval, s.Timeout = second/4, second/8
	if got := Predict(s)[0]; got.Failover != s.Data || got.Detection.Lower != 625*time.Millisecond {
		t.Errorf("quick checks do not: %+v", got)
	}
}

// A simulated checker, of which the formulas know nothing, stays within the
// bounds and comes to the typical time.
func TestPredictAgainstSimulation(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, tt := range []struct {
		Settings
		views, need, targets int
	}{
		{Settings{Interval: second, Timeout: second / 2, Threshold: 3, TTL: second, Clients: drill.ResolverSpec{AtLeast: 10 * second}}, 2, 2, 2},
		{Settings{Interval: second, Timeout: second / 2, Threshold: 3, TTL: second}, 2, 2, 2},
		{Settings{Interval: 2 * second, Timeout: second, Threshold: 1, TTL: 5 * second}, 1, 1, 1},
		{Settings{Interval: 5 * second, Timeout: 5 * second, Threshold: 4}, 3, 2, 3},
	} {
		s, views, need, targets := tt.Settings, tt.views, tt.need, tt.targets
		s.Phase = Agreement(views, need, targets)
		for _, b := range Predict(s) {
			const n = 20000
			sum := 0.0
			for range n {
				got := simulate(rng, s, b.Loss == Silent, views, need, targets)
				if off := b.Failover.Off(got); off < -time.Microsecond || off > time.Microsecond {
					t.Fatalf("%+v %s: %s is outside of %v", s, b.Loss, got, b.Failover)
				}
				sum += got.Seconds()
			}
			if mean := sum / n; math.Abs(mean-b.Failover.Typical.Seconds()) > 0.03*s.Interval.Seconds()+0.01*s.Kept().Seconds() {
				t.Errorf("%+v %s: typically %.3f s, predicted %s", s, b.Loss, mean, b.Failover.Typical)
			}
		}
	}
}

// simulate lives through the checks one after the other.
func simulate(rng *rand.Rand, s Settings, silent bool, views, need, targets int) time.Duration {
	took := time.Duration(0)
	if silent {
		took = s.Timeout
	}
	verdict := time.Duration(0)
	for range targets {
		var seen []time.Duration
		for range views {
			at := time.Duration(rng.Float64() * float64(max(s.Interval, took)))
			for failures := 1; failures < s.Threshold; failures++ {
				at += max(s.Interval, took)
			}
			seen = append(seen, at+took)
		}
		for range need - 1 { // drop the first ones
			i := 0
			for j := range seen {
				if seen[j] < seen[i] {
					i = j
				}
			}
			seen = append(seen[:i], seen[i+1:]...)
		}
		least := seen[0]
		for _, d := range seen {
			least = min(least, d)
		}
		verdict = max(verdict, least)
	}
	return verdict + time.Duration(rng.Float64()*float64(s.Kept()))
}

func TestAgreement(t *testing.T) {
	for _, tt := range []struct {
		views, need, targets int
		want                 float64
	}{
		{1, 1, 1, 1.0 / 2}, {2, 2, 1, 2.0 / 3}, {2, 2, 2, 4.0 / 5}, {3, 2, 1, 1.0 / 2}, {1, 1, 2, 2.0 / 3}, {3, 1, 1, 1.0 / 4},
	} {
		if got := Agreement(tt.views, tt.need, tt.targets); math.Abs(got-tt.want) > 1e-4 {
			t.Errorf("%d of %d, %d targets: %.5f, want %.5f", tt.need, tt.views, tt.targets, got, tt.want)
		}
	}
}

func TestPresets(t *testing.T) {
	last := ""
	for _, p := range Presets() {
		if p.Name <= last || p.Doc == "" || p.Interval <= 0 || p.Timeout <= 0 || p.Threshold < 1 {
			t.Errorf("%+v", p)
		}
		last = p.Name
		if got, ok := Lookup(p.Name); !ok || got != p {
			t.Errorf("%s is not found", p.Name)
		}
	}
	if _, ok := Lookup("nothing"); ok {
		t.Error("nothing was found")
	}
}

func TestOf(t *testing.T) {
	route := func(at time.Duration, from, to string) drill.Event {
		return drill.Event{At: at, Kind: drill.KindRoute, Seq: uint64(at / second), Data: map[string]string{"from": from, "to": to}}
	}
	step := func(fault string, takes bool) drill.FaultReport {
		return drill.FaultReport{Step: drill.StepSpec{Fault: fault, Regions: []string{"a"}, TakesDown: takes}, IsInForce: true, InForce: 10 * second, IsGone: true, Gone: 30 * second}
	}
	failover := drill.Reading{Metric: drill.MetricFailover, Value: 4, Known: true}
	rec := drill.Record{
		Analysis: drill.Analysis{Faults: []drill.FaultReport{step("latency", false), step("blackhole", true)}, Readings: []drill.Reading{failover}},
		Timeline: []drill.Event{route(1*second, "", "a"), route(5*second, "a", "b"), route(12*second, "b", "c"), route(13*second, "a", "b"), route(14*second, "a", "b"), route(31*second, "b", "a")},
	}
	m, ok := Of(rec)
	if !ok || m.Loss != Silent || m.Region != "a" || m.Failover.Value != 4 || !m.Detection.Known || m.Detection.Value != 3 || m.Detection.From[0] != 13 {
		t.Errorf("%+v, %v", m, ok)
	}
	rec.Analysis.Faults = []drill.FaultReport{step("power-loss", true)}
	rec.Timeline = rec.Timeline[:2]
	if m, ok = Of(rec); !ok || m.Loss != Refused || m.Detection.Known || m.Detection.Why == "" {
		t.Errorf("%+v, %v", m, ok)
	}
	rec.Analysis.Faults = []drill.FaultReport{step("kill", false)}
	rec.Analysis.Faults[0].Step.ID = "steps[1]"
	if _, ok = Of(rec, "steps[0]"); ok {
		t.Error("a step that takes no region away")
	}
	if m, ok = Of(rec, "steps[1]"); !ok || !m.DoorsOnly || m.Loss != Refused || m.Region != "a" {
		t.Errorf("%+v, %v", m, ok)
	}
	rec.Analysis.Faults = nil
	if _, ok = Of(rec); ok {
		t.Error("nothing was taken away")
	}
}

func TestAgrees(t *testing.T) {
	s := Span{Lower: 2 * second, Upper: 4 * second}
	for _, tt := range []struct {
		r    drill.Reading
		want bool
	}{
		{drill.Reading{Known: true, Value: 3}, true}, {drill.Reading{Known: true, Value: 4.9}, true}, {drill.Reading{Known: true, Value: 5.1}, false},
		{drill.Reading{Known: true, Value: 1.1}, true}, {drill.Reading{Known: true, Value: 0.9}, false},
		{drill.Reading{Value: 3}, false}, {drill.Reading{Known: true, Value: 3, Censored: true}, false},
	} {
		if got := s.Agrees(tt.r, second); got != tt.want {
			t.Errorf("%+v: %v", tt.r, got)
		}
	}
}
