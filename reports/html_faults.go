package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// An htmlFault is one step: what was done, on whom, and the proofs.
type htmlFault struct {
	Code, ID, Text, Problem string
	Facts                   [][2]string
	Effects                 [][2]string // instance, when
	More                    string
	Evidence                []string
}

// Bounds of what one step may print; the record holds all.
const (
	shownEffects  = 60
	shownEvidence = 60
)

func htmlFaults(rec drill.Record) []htmlFault {
	var out []htmlFault
	for i, f := range rec.Analysis.Faults {
		h := htmlFault{Code: faultCode(i), ID: cleanText(f.Step.ID), Text: cleanText(capital(f.Step.Text)), Problem: cleanText(faultProblem(f))}
		h.Facts = faultFacts(f)
		h.Effects = effectsOf(f)
		if rest := len(h.Effects) - shownEffects; rest > 0 {
			h.Effects, h.More = h.Effects[:shownEffects], "and "+figures.Count(uint64(rest))+" more in the record"
		}
		for _, e := range f.Evidence[:min(shownEvidence, len(f.Evidence))] {
			h.Evidence = append(h.Evidence, cleanText(e))
		}
		if rest := len(f.Evidence) - shownEvidence; rest > 0 {
			h.Evidence = append(h.Evidence, "and "+figures.Count(uint64(rest))+" more in the record")
		}
		out = append(out, h)
	}
	return out
}

// faultCode is how the timeline names a step.
func faultCode(i int) string { return fmt.Sprintf("F%d", i+1) }

func faultProblem(f drill.FaultReport) string {
	switch {
	case f.Problem != "":
		return f.Problem
	case !fired(f):
		return "not reached: nothing was injected by this step"
	case !f.IsInForce:
		return "could not be shown to be in force"
	case !f.IsGone:
		return "could not be shown to be gone"
	}
	return ""
}

func faultFacts(f drill.FaultReport) [][2]string {
	if !fired(f) {
		return nil
	}
	at := func(d time.Duration, is bool) string { return pick(is, figures.Instant(d), "not proved") }
	facts := [][2]string{{"commanded", figures.Instant(f.Fired)}, {"proved in force", at(f.InForce, f.IsInForce)}, {"proved gone", at(f.Gone, f.IsGone)}}
	switch {
	case f.Step.External && f.Seen:
		return [][2]string{{"watched from", figures.Instant(f.Fired)}, {"outage seen", figures.Instant(f.InForce)}, {"watched until", at(f.Gone, f.IsGone)}}
	case f.Step.External:
		return [][2]string{{"watched from", figures.Instant(f.Fired)}, {"watched until", at(f.Gone, f.IsGone)}}
	case f.IsInForce:
		facts = append(facts, [2]string{"lag", figures.Latency(f.Lag)})
	}
	if s := skew(f); s != "" {
		facts = append(facts, [2]string{"first to last instance", s})
	}
	return facts
}

// effectsOf lists the instances, those with a stamp of the agent first.
func effectsOf(f drill.FaultReport) [][2]string {
	names := slices.SortedFunc(maps.Keys(f.Effects), func(a, b string) int {
		return cmp.Or(cmp.Compare(f.Effects[a], f.Effects[b]), strings.Compare(a, b))
	})
	var out [][2]string
	for _, n := range names {
		out = append(out, [2]string{cleanText(n), figures.Instant(f.Effects[n])})
	}
	for _, n := range f.Step.Targets {
		if _, stamped := f.Effects[n]; !stamped {
			out = append(out, [2]string{cleanText(n), ""})
		}
	}
	return out
}
