package oracle_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/load/oracle"
)

// judgedTrials are trials with a pause before the outage long enough for a
// baseline.
func judgedTrials(n int) []oracle.Trial {
	ts := trials(n)
	for i := range ts {
		ts[i].Before, ts[i].After = 400*time.Millisecond, 500*time.Millisecond
	}
	return ts
}

// judged is what the judge makes of a trial whose log says the truth.
func judged(r oracle.Result) (drill.Analysis, error) {
	tr := r.Trial
	spec := drill.Spec{
		Load:   drill.LoadSpec{ReadRate: tr.Rate, Timeout: tr.Timeout, Deadline: tr.Timeout, Profile: tr.Profile},
		Steady: drill.SteadySpec{Success: 0.9}, Hold: 300 * time.Millisecond,
		Detect: drill.DetectSpec{Window: 200 * time.Millisecond, MinRequests: 10, MinBad: 3, Down: 0.1, Up: 0.01, CapacityFloor: 0.5},
		Steps:  []drill.StepSpec{{ID: "steps[0]", Fault: string(tr.Kind)}},
	}
	end := r.Samples[len(r.Samples)-1].Intended + 1
	event := func(at time.Duration, k drill.Kind, subject string) drill.Event {
		return drill.Event{At: at, Kind: k, Step: "steps[0]", Subject: subject}
	}
	log := drill.Log{Events: []drill.Event{
		event(0, drill.KindPhase, drill.PhaseSteady), event(r.From-50*time.Millisecond, drill.KindPhase, drill.PhaseFault),
		event(r.From, drill.KindFaultFired, "steps[0]"), event(r.From, drill.KindFaultApplied, "steps[0]"),
		event(r.To, drill.KindFaultReverted, "steps[0]"), event(r.To, drill.KindPhase, drill.PhaseSettle), event(end, drill.KindPhase, drill.PhaseEnd),
	}}
	slices.SortFunc(r.Samples, drill.Compare)
	return drill.Measure(log, func(yield func(drill.Sample, error) bool) {
		for _, s := range r.Samples {
			if !yield(s, nil) {
				return
			}
		}
	}, nil, spec)
}

// A score is how one trial was judged.
type score struct {
	off       time.Duration // of start, end or RTA from the truth: the largest
	near      bool          // within one request interval and 5 ms
	contained bool
	text      string
}

func run(tb testing.TB, tr oracle.Trial) score {
	r, err := tr.Run(tb.Context())
	if err != nil {
		return score{text: err.Error()}
	}
	a, err := judged(r)
	if err != nil {
		return score{text: err.Error()}
	}
	if len(a.Incidents) == 0 {
		return score{text: fmt.Sprintf("no outage is seen: %+v", a.Readings)}
	}
	in, rta, truth := a.Incidents[0], a.Reading(drill.MetricRTA), r.To-r.From
	off := max((in.Start - r.From).Abs(), (in.Recovered - r.To).Abs(), (in.Recovered - in.Start - truth).Abs())
	ok := rta.Known && !rta.Censored && truth.Seconds() >= rta.Low && truth.Seconds() <= rta.High
	return score{off, off <= r.Interval()+5*time.Millisecond, ok, fmt.Sprintf("truth %v (%v to %v), %d skipped, judged %+v %+v", truth, r.From, r.To, a.Load.Skipped, rta, a.Incidents)}
}

// TestTheJudgeContainsTheTruth runs real traffic into real outages: the printed
// bounds hold the truth in every trial.
func TestTheJudgeContainsTheTruth(t *testing.T) {
	t.Parallel()
	for i, tr := range judgedTrials(12) {
		t.Run(fmt.Sprintf("%d-%s-%s", i, tr.Kind, tr.Profile), func(t *testing.T) {
			t.Parallel()
			if s := run(t, tr); !s.contained {
				t.Error(s.text)
			}
		})
	}
}

// BenchmarkJudgedOracle judges 100 trials, 4 at a time: how far start, end or RTA
// is off, in how many trials by no more than an interval and 5 ms, and in how many
// the bounds hold the truth.
func BenchmarkJudgedOracle(b *testing.B) {
	for range b.N {
		var mu sync.Mutex
		var wg sync.WaitGroup
		var offs []time.Duration
		near, contained := 0, 0
		gate := make(chan struct{}, 4)
		for _, tr := range judgedTrials(100) {
			gate <- struct{}{}
			wg.Go(func() {
				defer func() { <-gate }()
				s := run(b, tr)
				mu.Lock()
				defer mu.Unlock()
				offs = append(offs, s.off)
				if s.near {
					near++
				}
				if s.contained {
					contained++
				}
				if !s.near || !s.contained {
					b.Logf("%s %s: %s", tr.Kind, tr.Profile, s.text)
				}
			})
		}
		wg.Wait()
		slices.Sort(offs)
		at := func(q float64) float64 { return offs[int(q*float64(len(offs)-1))].Seconds() * 1e3 }
		b.ReportMetric(at(0.5), "p50-ms")
		b.ReportMetric(at(0.99), "p99-ms")
		b.ReportMetric(at(1), "max-ms")
		b.ReportMetric(float64(near), "near")
		b.ReportMetric(float64(contained), "contained")
		b.ReportMetric(float64(len(offs)), "trials")
	}
}
