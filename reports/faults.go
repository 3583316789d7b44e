package reports

import (
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// faults tells what was done to whom, and how we know that it was in force and
// that it is gone.
func faults(p *page, rec drill.Record) {
	all := rec.Analysis.Faults
	p.section("FAULTS", "times run from the start of the load")
	if len(all) == 0 {
		p.para("", "nothing was injected", plain)
		return
	}
	g := grid{cols: []column{{head: "step"}, {head: "what", flex: true}, {head: "fired", right: true}, {head: "in force", right: true},
		{head: "lag", right: true}, {head: "skew", right: true, drop: 1}, {head: "gone", right: true}}}
	for _, f := range all {
		if !fired(f) {
			g.add(cell{text: f.Step.ID}, cell{text: f.Step.Text}, cell{"not fired", unsure}, cell{}, cell{}, cell{}, cell{})
			continue
		}
		g.add(cell{text: f.Step.ID}, cell{text: f.Step.Text}, cell{text: figures.Instant(f.Fired)},
			proved(f.InForce, f.IsInForce), cell{text: ifKnown(f.Lag, f.IsInForce)}, cell{text: skew(f)}, proved(f.Gone, f.IsGone))
	}
	p.grid(&g)
	for _, f := range all {
		faultDetail(p, f)
	}
}

// fired tells a step that was reached from one that was not: nothing fires at
// the very start of the load.
func fired(f drill.FaultReport) bool { return f.Fired > 0 || f.IsInForce }

func faultDetail(p *page, f drill.FaultReport) {
	lead := bullet + f.Step.ID + " "
	if len(f.Step.Targets) > 0 {
		p.para(lead+"on ", few(f.Step.Targets), dim)
	}
	if len(f.Evidence) > 0 {
		p.para(lead+"proof: ", proof(f.Evidence), dim)
	}
	if f.Seen {
		p.para(lead, "in force means when clients saw the outage begin: the damage was done by others", dim)
	}
	switch {
	case f.Problem != "":
		p.para(lead, f.Problem, bad)
	case !fired(f):
	case !f.IsInForce:
		p.para(lead, "could not be shown to be in force", bad)
	case !f.IsGone:
		p.para(lead, "could not be shown to be gone", bad)
	}
}

// proof is the first of what was seen; the record holds all of it.
func proof(evidence []string) string {
	const shown = 2
	if rest := len(evidence) - shown; rest > 1 {
		return strings.Join(evidence[:shown], "; ") + "; and " + figures.Count(uint64(rest)) + " more looks, all in the record"
	}
	return strings.Join(evidence, "; ")
}

const shownTargets = 12

// few lists the first of many names.
func few(names []string) string {
	if rest := len(names) - shownTargets; rest > 1 {
		return strings.Join(names[:shownTargets], ", ") + " and " + figures.Count(uint64(rest)) + " more"
	}
	return strings.Join(names, ", ")
}

func proved(at time.Duration, is bool) cell {
	if !is {
		return cell{"not proved", bad}
	}
	return cell{text: figures.Instant(at)}
}

func ifKnown(d time.Duration, known bool) string {
	if !known {
		return ""
	}
	return figures.Latency(d)
}

// skew is between the first and the last target; one target has none.
func skew(f drill.FaultReport) string {
	if len(f.Effects) < 2 {
		return ""
	}
	return figures.Latency(f.Skew)
}

// detections tells who in the system noticed, and when.
func detections(p *page, rec drill.Record) {
	if len(rec.Analysis.Faults) == 0 {
		return
	}
	p.section("DETECTION", "first notice by each detector, since the damage was in force")
	if len(rec.Analysis.Detections) == 0 {
		p.para("", "no part of the system told that it noticed anything", unsure)
		return
	}
	g := grid{cols: []column{{head: "step"}, {head: "detector"}, {head: "noticed by", flex: true}, {head: "about", flex: true},
		{head: "after", right: true}}}
	for _, d := range slices.SortedStableFunc(slices.Values(rec.Analysis.Detections), byAfter) {
		g.texts(d.Step, d.Detector, d.By, d.Subject, figures.Seconds(d.After.Seconds()))
	}
	p.grid(&g)
}

func byAfter(a, b drill.Detection) int {
	if a.Step != b.Step {
		return strings.Compare(a.Step, b.Step)
	}
	return int(a.After - b.After)
}
