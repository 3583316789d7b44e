package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// writes is the reconciliation of the write ledger: what became of every
// numbered write.
func writes(p *page, rec drill.Record) {
	if rec.Spec.Load.WriteRate == 0 {
		return
	}
	p.section("WRITES", "numbered, and reconciled with what is stored in the end")
	l := rec.Analysis.Ledger
	if l == nil {
		p.para("", "not measured: the run has no ledger", unsure)
		return
	}
	g := grid{cols: []column{{head: "attempted"}, {head: "acknowledged", right: true}, {head: "rejected", right: true},
		{head: "indeterminate", right: true}, {head: "lost", right: true}}}
	lost := cell{"not known", unsure}
	if l.Known {
		lost = cell{figures.Count(l.Lost), pick(l.Lost == 0, good, bad)}
	}
	g.add(cell{text: figures.Count(l.Attempted)}, cell{text: figures.Count(l.Acked)}, cell{text: figures.Count(l.Rejected)}, cell{text: figures.Count(l.Indeterminate)}, lost)
	p.grid(&g)
	if !l.Known {
		p.para(bullet, "not known whether anything was lost: "+l.Why, unsure)
	} else {
		reconciled(p, l, rec.Analysis.Reading(drill.MetricRPA))
	}
	finalReads(p, l)
}

func pick[T any](cond bool, yes, no T) T {
	if cond {
		return yes
	}
	return no
}

func reconciled(p *page, l *drill.LedgerReport, rpa drill.Reading) {
	if l.Lost == 0 {
		text := fmt.Sprintf("0 lost of %s acknowledged; RPA %s", figures.Count(l.Acked), figures.Achieved(rpa))
		if l.LossUpperBound > 0 {
			text += fmt.Sprintf("; losing up to %s at random would be compatible with that (95 %%)", figures.Percent(l.LossUpperBound))
		}
		p.para(bullet, text, good)
	} else {
		lossDetail(p, l, rpa)
	}
	if l.Indeterminate > 0 {
		p.para(bullet, fmt.Sprintf("of the indeterminate, %s are stored and %s are not: both are fine", figures.Count(l.Recovered), figures.Count(l.Absent)), plain)
	}
	survivors(p, l)
	for _, text := range anomalies(l) {
		p.para(bullet, text, bad)
	}
}

// survivors tells what the survivors held while a region was away.
func survivors(p *page, l *drill.LedgerReport) {
	switch {
	case l.Unavailable > 0:
		p.para(bullet, fmt.Sprintf("%s acknowledged were on no survivor until the region returned, up to %s from the start of the outage: not lost, but lost had it not returned",
			figures.Count(l.Unavailable), figures.Seconds(l.UnavailableReach.Seconds())), unsure)
	case l.SurvivorsRead:
		p.para(bullet, "while the region was away the survivors held every acknowledged write that is there now", plain)
	}
}

func lossDetail(p *page, l *drill.LedgerReport, rpa drill.Reading) {
	p.para(bullet, fmt.Sprintf("%s lost of %s acknowledged; RPA %s, to the oldest lost; that many writes are %s of the load",
		figures.Count(l.Lost), figures.Count(l.Acked), figures.Achieved(rpa), figures.Seconds(l.LossEquivalent.Seconds())), bad)
	holes := ""
	if l.Holes {
		holes = ": the loss has holes"
	}
	p.para(bullet, "the newest surviving write was acknowledged "+figures.Seconds(l.NewestSurvivorGap.Seconds())+" before the disruption"+holes, plain)
	if len(l.LostIDs) > 0 {
		p.para(bullet, "lost ids: "+idList(l), plain)
	}
}

const shownIDs = 12

func idList(l *drill.LedgerReport) string {
	ids := l.LostIDs[:min(shownIDs, len(l.LostIDs))]
	text := strings.Trim(strings.ReplaceAll(fmt.Sprint(ids), " ", ", "), "[]")
	if rest := l.Lost - uint64(len(ids)); rest > 0 && l.Lost > uint64(len(ids)) {
		text += fmt.Sprintf(" and %s more", figures.Count(rest))
	}
	return text
}

// anomalies are the classes that must be empty, those which are not.
func anomalies(l *drill.LedgerReport) []string {
	var out []string
	say := func(n uint64, text string) {
		if n > 0 {
			out = append(out, figures.Count(n)+" "+text)
		}
	}
	say(l.RejectedPresent, "rejected but stored: the API's refusal was not true")
	say(l.Unexpected, "stored but never written by this drill")
	say(l.Duplicated, "stored more than once")
	say(l.Reordered, "lost while a newer write of the same writer survived")
	say(l.Resurrected, "absent before, and back with the region")
	say(l.Erased, "acknowledged and stored, then erased when the region returned")
	say(l.StaleReads, "stale reads, the worst "+figures.Seconds(l.StaleMax.Seconds())+" after the acknowledgement")
	if l.PostFaultLoss > 0 {
		out = append(out, "writes acknowledged up to "+figures.Seconds(l.PostFaultLoss.Seconds())+" after the disruption were lost: worse than lag")
	}
	if l.SplitBrain > 0 {
		out = append(out, "split brain: two leaders acknowledged writes at the same time for "+figures.Seconds(l.SplitBrain.Seconds()))
	}
	return append(out, l.Disagreement...)
}

// finalReads says who was read in the end, and who could not be.
func finalReads(p *page, l *drill.LedgerReport) {
	var whens []string
	last := map[string]drill.FinalRead{}
	sources := map[string][]string{}
	for _, f := range l.FinalReads {
		if !slices.Contains(whens, f.When) {
			whens = append(whens, f.When)
		}
		key := f.When + "\x00" + f.Source
		if _, seen := last[key]; !seen {
			sources[f.When] = append(sources[f.When], f.Source)
		}
		last[key] = f
	}
	for _, when := range whens {
		var parts []string
		for _, s := range sources[when] {
			parts = append(parts, readState(last[when+"\x00"+s]))
		}
		p.para(bullet+"records read back, "+when+": ", strings.Join(parts, ", "), dim)
	}
}

func readState(f drill.FinalRead) string {
	switch {
	case f.Err != "":
		return f.Source + " failed (" + f.Err + ")"
	case !f.Stable:
		return f.Source + " still changing"
	}
	return f.Source + " " + figures.Count(idsIn(f.Ranges))
}

func idsIn(ranges [][2]uint64) uint64 {
	var n uint64
	for _, r := range ranges {
		n += r[1] - r[0] + 1
	}
	return n
}
