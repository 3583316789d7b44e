package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// A said is one paragraph of the story: what it answers, and the answer.
type said struct {
	about string
	text  string
	tone  tone
}

// story tells a drill in sentences that need no knowledge of the tool.
func story(rec drill.Record) []said {
	all := []said{whatWasDrilled(rec), whatWasBroken(rec), whatWasDone(rec), whatClientsSaw(rec), whatBecameOfData(rec), whatItCost(rec), whatIsLeft(rec)}
	return slices.DeleteFunc(all, func(s said) bool { return s.text == "" })
}

func isBundled(system string) bool {
	return system == "" || system == "bundled" || system == "the bundled system"
}

func whatWasDrilled(rec drill.Record) said {
	env := rec.Environment
	text := "Your own system, " + clip(env.System)
	if isBundled(env.System) {
		text = "The gateway system that comes with drillctl, not a system of yours"
	}
	text += ": " + plural(len(rec.Spec.Regions), "region")
	if len(rec.Spec.Regions) > 0 {
		text += " (" + few(markPrimary(rec.Spec)) + ")"
	}
	if env.Runtime != "" {
		text += " in the " + env.Runtime + " runtime"
	}
	switch {
	case env.IsProduction:
		text += ", in production"
	case isBundled(env.System):
		text += ". The result says how that system recovers, and nothing about any other"
	default:
		text += ", not in production"
	}
	text += "."
	return said{"What was drilled", text, plain}
}

func whatWasBroken(rec drill.Record) said {
	if len(rec.Environment.Bugs) == 0 {
		return said{}
	}
	return said{"Bugs", "Switched on in it on purpose: " + strings.Join(rec.Environment.Bugs, ", ") + ".", unsure}
}

func markPrimary(s drill.Spec) []string {
	names := slices.Clone(s.Regions)
	for i, n := range names {
		names[i] = clip(n)
		if n == s.Primary {
			names[i] = clip(n) + " as primary"
		}
	}
	return names
}

const toldSteps = 4

func whatWasDone(rec drill.Record) said {
	s := said{about: "What was done"}
	faults := rec.Analysis.Faults
	if !slices.ContainsFunc(faults, fired) {
		s.text, s.tone = "Nothing was injected.", unsure
		if rec.Outcome != "" && rec.Outcome != "completed" {
			s.text = "Nothing was injected: " + rec.Reason + "."
		}
		return s
	}
	var parts []string
	for _, f := range faults[:min(toldSteps, len(faults))] {
		text, tone := stepStory(f)
		parts = append(parts, text)
		s.tone = max(s.tone, tone)
	}
	if rest := len(faults) - toldSteps; rest > 0 {
		parts = append(parts, "And "+plural(rest, "more step")+", listed below.")
	}
	s.text = strings.Join(parts, " ")
	return s
}

func stepStory(f drill.FaultReport) (string, tone) {
	name := capital(clip(pick(f.Step.Text != "", f.Step.Text, f.Step.Fault)))
	switch {
	case !fired(f):
		return name + ": was not reached.", unsure
	case !f.IsInForce:
		return name + ": it could not be shown to be in force.", bad
	}
	text := fmt.Sprintf("%s, %s into the load; proved in force on %s", name, instant(f.InForce), plural(max(1, len(f.Step.Targets)), "instance"))
	switch {
	case f.Step.For == 0 && f.IsGone:
		return text + " and over at " + instant(f.Gone) + ".", plain
	case f.IsGone:
		return text + ", and proved gone at " + instant(f.Gone) + ".", plain
	}
	return text + ". It could not be shown to be gone.", bad
}

func whatClientsSaw(rec drill.Record) said {
	s := said{about: "What clients saw"}
	if !served(rec) {
		s.text, s.tone = "Not known: no request was answered well.", unsure
		return s
	}
	var parts []string
	for _, route := range []string{"read", "write"} {
		if text := routeStory(rec, route); text != "" {
			parts = append(parts, text)
			s.tone = max(s.tone, pick(strings.Contains(text, "not recovered"), bad, plain))
		}
	}
	if len(parts) == 0 {
		parts = append(parts, "No outage: requests were answered well throughout, but for single ones.")
	}
	if text := failedStory(rec); text != "" {
		parts = append(parts, text)
	}
	s.text = strings.Join(parts, " ")
	return s
}

// routeStory sums the outages of one route up.
func routeStory(rec drill.Record, route string) string {
	var down time.Duration
	n, open := 0, false
	for _, i := range rec.Analysis.Incidents {
		if i.Route == route {
			n++
			down += i.Downtime
			open = open || !i.IsRecovered
		}
	}
	what := capital(route) + "s"
	switch {
	case n == 0:
		return ""
	case open:
		return what + " had not recovered when the load ended; down for more than " + seconds(down.Seconds()) + "."
	case n == 1:
		return what + " were down for " + seconds(down.Seconds()) + ", then good again."
	}
	return fmt.Sprintf("%s were down for %s in all, in %d outages, then good again.", what, seconds(down.Seconds()), n)
}

func failedStory(rec drill.Record) string {
	for _, p := range rec.Analysis.Phases {
		if known := p.Good + badRequests(p); p.Name == drill.PhaseFault && known > 0 {
			return fmt.Sprintf("While the damage lasted %s of %s requests were answered well (%s).", count(p.Good), count(known), percent(float64(p.Good)/float64(known)))
		}
	}
	return ""
}

func whatBecameOfData(rec drill.Record) said {
	s := said{about: "The data"}
	l := rec.Analysis.Ledger
	switch {
	case rec.Spec.Load.WriteRate == 0:
		s.text = "Nothing was written, so nothing is known of data."
	case l == nil || !l.Known:
		s.text, s.tone = "Not known: what is stored in the end could not be read back.", unsure
		if l != nil && l.Why != "" {
			s.text = "Not known: " + l.Why + "."
		}
	case l.Lost == 0:
		s.text = fmt.Sprintf("All of the %s writes that were confirmed are still there.", count(l.Acked))
	default:
		s.text, s.tone = fmt.Sprintf("%s of %s confirmed writes are lost, the oldest %s before the outage.", count(l.Lost), count(l.Acked), seconds(max(0, l.RPA.Seconds()))), bad
		if l.RPA <= 0 {
			s.text = fmt.Sprintf("%s of %s confirmed writes are lost.", count(l.Lost), count(l.Acked))
		}
	}
	return s
}

func whatItCost(rec drill.Record) said {
	b := rec.Analysis.Budget
	if b == nil {
		return said{}
	}
	text := fmt.Sprintf("%s of the error budget of %s %% over %s", capital(percent(b.Consumed)), trimmed(100*b.Spec.SLO), span(b.Spec.Window))
	if !rec.Environment.IsProduction {
		text += ", had it been in production"
	}
	var fired []string
	for _, a := range b.Alerts {
		if a.Fired {
			fired = append(fired, fmt.Sprintf("the %s/%s %s at %s", span(a.Long), span(a.Short), a.Severity, instant(a.FiredAt)))
		}
	}
	if len(fired) == 0 {
		return said{"The cost", text + ". No standard burn-rate alert would have fired.", plain}
	}
	return said{"The cost", text + ". Of the standard burn-rate alerts would have fired: " + strings.Join(fired, ", ") + ".", plain}
}

func whatIsLeft(rec drill.Record) said {
	if rec.Cleanup.Verified {
		return said{"Left behind", "Nothing: everything was taken back, and that was verified.", plain}
	}
	text := "It is not proved that everything was taken back. Run “drillctl recover " + rec.RunID + "”."
	if len(rec.Cleanup.Residue) > 0 {
		text += " " + strings.Join(rec.Cleanup.Residue, "; ") + "."
	}
	return said{"Left behind", text, bad}
}

// clip keeps a name from filling a page; what is cut stands in the record.
func clip(s string) string {
	const most = 100
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}

// sentence is the verdict for the top of a page.
func sentence(rec drill.Record) string {
	n := len(rec.Objectives)
	switch {
	case rec.Outcome != "" && rec.Outcome != "completed", n == 0:
		return ended(capital(verdictWords(rec)))
	case rec.Verdict == drill.Pass && n == 1:
		return "Its one target was met."
	case rec.Verdict == drill.Pass:
		return fmt.Sprintf("All %d targets were met.", n)
	}
	var missed, open []string
	for _, r := range rec.Objectives {
		switch r.Verdict {
		case drill.Fail:
			missed = append(missed, fmt.Sprintf("%s %s (wanted %s)", lowFirst(nameOf(r.Objective).title), achievedBeside(r), targetText(r.Objective)))
		case drill.Inconclusive, drill.Unjudged:
			open = append(open, lowFirst(nameOf(r.Objective).title))
		}
	}
	text := ""
	if len(missed) > 0 {
		text = fmt.Sprintf("%d of %s missed: %s.", len(missed), plural(n, "target"), strings.Join(missed, ", "))
	} else if rec.Reason != "" {
		text = ended(capital(rec.Reason))
	}
	if len(open) > 0 {
		text = join(" ", text, "No answer on "+strings.Join(open, ", ")+".")
	}
	return text
}

// ended makes a text end as a sentence does.
func ended(s string) string {
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

func lowFirst(s string) string {
	for i, r := range s {
		return strings.ToLower(string(r)) + s[i+len(string(r)):]
	}
	return s
}

// capital makes a text begin as a sentence does.
func capital(s string) string {
	for i, r := range s {
		return strings.ToUpper(string(r)) + s[i+len(string(r)):]
	}
	return s
}
