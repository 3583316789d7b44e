package reports

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// policy says how the numbers were made: without it they cannot be compared.
func policy(p *page, rec drill.Record) {
	p.section("HOW IT WAS MEASURED", "")
	g := grid{cols: []column{{}, {flex: true}}}
	for _, row := range policyRows(rec) {
		if row[1] != "" {
			g.add(cell{row[0], dim}, cell{text: row[1]})
		}
	}
	p.grid(&g)
}

func policyRows(rec drill.Record) [][2]string {
	spec := rec.Spec
	return [][2]string{
		{"load", loadText(spec.Load)},
		{"clients", clientsOf(spec.Load)},
		{"good", "expected status within " + figures.Span(spec.Load.Deadline) + "; timeout " + figures.Span(spec.Load.Timeout)},
		{"steady", fmt.Sprintf("%s %% good for %s before any damage", figures.Trimmed(100*spec.Steady.Success), figures.Span(spec.Steady.For))},
		{"recovered", recoveredText(spec)},
		{"down", downText(spec.Detect)},
		{"generator", generatorText(rec.Analysis.Load)},
		{"clocks", clocks(rec)},
		{"system", join(", ", systemName(rec.Environment.System), rec.Environment.Runtime+" runtime", pick(len(spec.Regions) > 0, figures.Plural(len(spec.Regions), "region"), ""))},
		{"host", join(", ", rec.Environment.Host["os"]+"/"+rec.Environment.Host["arch"], rec.Environment.Host["kernel"], cpus(rec))},
		{"tool", join(", ", "drillctl "+rec.Tool.Version, rec.Tool.Go)},
		{"began", rec.Began.UTC().Format("2006-01-02 15:04:05 UTC") + ", for " + figures.Seconds(rec.Ended.Sub(rec.Began).Seconds()) + prior(rec)},
		{"seed", strconv.FormatUint(rec.Seed, 10)},
		{"run", pick(rec.Dir != "", rec.Dir, rec.RunID)},
		{"judge again", "drillctl analyze " + rec.RunID},
	}
}

func systemName(s string) string { return pick(s == "bundled", "the bundled system", s) }

// loadText prints the rate of each route with the spacing of its grid, which
// bounds every edge.
func loadText(l drill.LoadSpec) string {
	rate := func(r float64, what string) string {
		if r == 0 {
			return "no " + what + "s"
		}
		return fmt.Sprintf("%s %ss/s (Δ %s)", figures.Trimmed(r), what, figures.Latency(time.Duration(float64(time.Second)/r)))
	}
	return rate(l.ReadRate, "read") + " + " + rate(l.WriteRate, "write") + ", profile " + l.Profile + ", never catching up"
}

// clientsOf says where the clients are and what they make of DNS answers, where
// either is not the usual.
func clientsOf(l drill.LoadSpec) string {
	var near []string
	for _, o := range l.Origins {
		near = append(near, figures.Trimmed(100*o.Share)+" % near "+o.Region)
	}
	keep := ""
	switch r := l.Resolver; {
	case r.IgnoreTTL && r.AtLeast == 0:
		keep = "ask DNS for every connection"
	case r.IgnoreTTL:
		keep = "keep DNS answers for " + figures.Span(r.AtLeast) + ", whatever their TTL"
	case r.AtLeast > 0:
		keep = "keep DNS answers for at least " + figures.Span(r.AtLeast)
	}
	return join("; ", strings.Join(near, ", "), keep)
}

func recoveredText(spec drill.Spec) string {
	text := "good for a hold of " + figures.Span(spec.Hold) + ", backdated"
	if spec.Detect.Up > 0 {
		text += "; at most " + figures.Trimmed(100*spec.Detect.Up) + " % bad"
	}
	if spec.Detect.CapacityFloor > 0 {
		text += ", at least " + figures.Trimmed(100*spec.Detect.CapacityFloor) + " % of the offered rate"
	}
	return text
}

func downText(d drill.DetectSpec) string {
	if d.Window == 0 {
		return ""
	}
	return fmt.Sprintf("at least %d bad and %s %% bad in %s or %d requests, backdated to the first", d.MinBad, figures.Trimmed(100*d.Down), figures.Span(d.Window), d.MinRequests)
}

func generatorText(l drill.LoadReport) string {
	if l.Planned == 0 {
		return ""
	}
	text := fmt.Sprintf("resolution %s (grid, baseline latency and polling)", figures.Latency(l.Resolution))
	for _, s := range l.Streams {
		text += fmt.Sprintf("; %ss late by p99 %s, worst %s, %s of %s skipped (%s)", s.Route, figures.Latency(s.LatenessP99), figures.Latency(s.LatenessMax),
			figures.Count(s.Skipped), figures.Count(s.Planned), figures.Percent(float64(s.Skipped)/float64(max(1, s.Planned))))
	}
	if l.Saturated {
		text += "; saturated: " + l.SaturatedWhy
	}
	return text
}

// clocks names the instants between which the readings run.
func clocks(rec drill.Record) string {
	text := ""
	for _, r := range rec.Objectives {
		if r.Reading.Clock != "" {
			text = join("; ", text, r.Objective.ID+" "+r.Reading.Clock)
		}
	}
	return text
}

func cpus(rec drill.Record) string {
	if n := rec.Environment.Host["cpus"]; n != "" {
		return n + " CPUs"
	}
	return ""
}

func prior(rec drill.Record) string {
	if rec.Attempt.PriorToday == 0 {
		return ""
	}
	return fmt.Sprintf("; %s before it today", figures.Plural(rec.Attempt.PriorToday, "attempt"))
}
