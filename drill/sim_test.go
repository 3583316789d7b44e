package drill_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

const (
	ms  = time.Millisecond
	sec = time.Second
)

func spec(rate, writes float64) drill.Spec {
	return drill.Spec{
		Scenario: "model", Regions: []string{"a", "b"}, Primary: "a",
		Load:   drill.LoadSpec{ReadRate: rate, WriteRate: writes, Timeout: sec, Deadline: 500 * ms, Profile: "pooled"},
		Steady: drill.SteadySpec{For: 5 * sec, Success: 0.99}, Hold: 3 * sec,
		Detect: drill.DetectSpec{Window: sec, MinRequests: 10, MinBad: 3, Down: 0.1, Up: 0.01, CapacityFloor: 0.9, ShareTol: 0.1},
		Steps:  []drill.StepSpec{{ID: "steps[0]", Fault: "kill", Regions: []string{"a"}, Targets: []string{"a-api-1"}, TakesDown: true}},
	}
}

func at(t time.Duration, k drill.Kind, subject string) drill.Event {
	e := drill.Event{At: t, Kind: k, Subject: subject}
	if subject == "steps[0]" || k == drill.KindFaultEffect {
		e.Step = "steps[0]"
	}
	return e
}

// log is a drill of one step, in force from t to gone.
func log(t, gone, end time.Duration) drill.Log {
	return drill.Log{Events: []drill.Event{
		at(0, drill.KindPhase, drill.PhaseWarmup), at(0, drill.KindPhase, drill.PhaseSteady), at(t-sec, drill.KindPhase, drill.PhaseFault),
		at(t-2*ms, drill.KindFaultFired, "steps[0]"), at(t-ms, drill.KindFaultEffect, "a-api-1"), at(t, drill.KindFaultApplied, "steps[0]"),
		at(gone, drill.KindFaultReverted, "steps[0]"), at(gone, drill.KindPhase, drill.PhaseSettle), at(end, drill.KindPhase, drill.PhaseEnd),
	}}
}

// An outage is what the model system suffers.
type outage struct {
	kind     string // refuse, hang, 503, half
	from, to time.Duration
}

// A model answers requests in 1 to 4 ms, except in its outages.
type model struct {
	outages []outage
	rng     *rand.Rand
	timeout time.Duration
	late    time.Duration // every request starts up to this late
	n       [2]int
}

func (m *model) serve(s *drill.Sample) {
	s.Region, s.Instance, s.Status, s.Reused = "a", "a-gateway-1", 200, true
	s.Start = s.Intended + 50*time.Microsecond
	if m.late > 0 {
		s.Start += time.Duration(m.rng.Int64N(int64(m.late)))
	}
	work := ms + time.Duration(m.rng.Int64N(int64(3*ms)))
	seen := s.Start + work/2 // the instant at which the system acts
	s.End = s.Start + work
	for _, o := range m.outages {
		if seen >= o.from && seen < o.to {
			m.suffer(s, o)
		}
	}
}

func (m *model) suffer(s *drill.Sample, o outage) {
	switch o.kind {
	case "refuse":
		s.Class, s.Status, s.Region, s.End = drill.Refused, 0, "", s.Start+(s.End-s.Start)/2+50*time.Microsecond
	case "hang":
		s.Class, s.Status, s.Region, s.End = drill.Timeout, 0, "", s.Start+m.timeout
	case "half":
		m.n[s.Route]++
		if m.n[s.Route]%2 == 1 {
			return
		}
		fallthrough
	default:
		s.Class, s.Status = drill.HTTP5xx, 503
	}
	if s.Route == drill.Write {
		s.Ack = drill.Indeterminate
	}
}

// stream gives the samples of both routes in order of their intended starts.
func (m *model) stream(sp drill.Spec, end time.Duration) []drill.Sample {
	var out []drill.Sample
	for r, rate := range []float64{sp.Load.ReadRate, sp.Load.WriteRate} {
		if rate <= 0 {
			continue
		}
		step := float64(sec) / rate
		phase := m.rng.Float64() * step
		for i := 0; ; i++ {
			s := drill.Sample{Route: drill.Route(r), Slot: uint64(i), Intended: time.Duration(phase + float64(i)*step)}
			if s.Intended > end {
				break
			}
			if s.Route == drill.Write {
				s.ID, s.Ack = uint64(i+1), drill.Acked
			}
			m.serve(&s)
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, drill.Compare)
	return out
}

func seq(ss []drill.Sample) iter.Seq2[drill.Sample, error] {
	return func(yield func(drill.Sample, error) bool) {
		for _, s := range ss {
			if !yield(s, nil) {
				return
			}
		}
	}
}

func measure(t testing.TB, l drill.Log, ss []drill.Sample, finals []drill.FinalRead, sp drill.Spec) drill.Analysis {
	t.Helper()
	a, err := drill.Measure(l, seq(ss), finals, sp)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func newModel(seed uint64, outages ...outage) *model {
	return &model{outages: outages, rng: rand.New(rand.NewPCG(seed, 1)), timeout: sec}
}

func show(a drill.Analysis) string { return fmt.Sprintf("%+v %+v", a.Readings[0], a.Incidents) }

func inOrder(ss []drill.Sample) { slices.SortFunc(ss, drill.Compare) }
