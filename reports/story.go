package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// A said is one paragraph of the story: what it answers, and the answer.
type said struct {
	about string
	text  string
	tone  tone
}

// story tells a drill in sentences that need no knowledge of the tool.
func story(rec drill.Record) []said {
	all := []said{whatWasDrilled(rec), whatWasBroken(rec), whatWasDone(rec), whatClientsSaw(rec), whatBecameOfData(rec), whoGotIn(rec), whatItCost(rec), whatIsLeft(rec)}
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
	if n := len(rec.Spec.Regions); n > 0 {
		text += ": " + figures.Plural(n, "region") + " (" + few(markPrimary(rec.Spec)) + ")"
	}
	text += where(env.Runtime)
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

// where says in words in what a system ran; one that is there anyway runs where it runs.
func where(runtime string) string {
	switch runtime {
	case "", "host":
		return ""
	case "process":
		return ", as processes on the machine of the drill"
	case "docker":
		return ", in containers"
	}
	return ", in the " + runtime + " runtime"
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
		parts = append(parts, "And "+figures.Plural(rest, "more step")+", listed below.")
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
	case f.Step.External:
		return watched(name, f), plain
	}
	text := fmt.Sprintf("%s, %s into the load; proved in force on %s", name, figures.Instant(f.InForce), figures.Plural(max(1, len(f.Step.Targets)), "instance"))
	switch {
	case f.Step.For == 0 && f.IsGone:
		return text + " and over at " + figures.Instant(f.Gone) + ".", plain
	case f.IsGone:
		return text + ", and proved gone at " + figures.Instant(f.Gone) + ".", plain
	}
	return text + ". It could not be shown to be gone.", bad
}

// watched tells of damage that others did: drillctl knows when it looked and what
// clients saw, and no more.
func watched(name string, f drill.FaultReport) string {
	text := name + ": others were to do the damage, and drillctl only watched, from " + figures.Instant(f.Fired)
	if f.IsGone {
		text += " to " + figures.Instant(f.Gone)
	}
	text += " into the load"
	if f.Seen {
		text += "; clients saw an outage begin at " + figures.Instant(f.InForce)
	}
	return text + ". It has no proof of what was done."
}
