package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
	"github.com/drillctl/drillctl/reports/markdown"
)

func renderMarkdown(w io.Writer, rec drill.Record, o Options) error {
	return suiteMarkdown(w, alone(rec), o)
}

// suiteMarkdown writes GitHub-flavoured Markdown for a step summary or a comment:
// the verdict, targets beside achieved, and why. What others wrote is escaped.
func suiteMarkdown(w io.Writer, s drill.Suite, _ Options) error {
	var b strings.Builder
	if len(s.Drills) == 1 && len(s.Drills[0].Runs) == 1 {
		mdRun(&b, s.Drills[0].Scenario.Name, s.Drills[0].Runs[0])
		mdWrong(&b, s.Drills[0])
	} else {
		mdSuite(&b, s)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	return nil
}

func mdSuite(b *strings.Builder, s drill.Suite) {
	fmt.Fprintf(b, "## %s drills: %s\n\n", mdVerdict(s.Verdict), markdown.Escape(suiteWords(s)))
	t := markdown.Table{Head: []string{"drill", "verdict", "RTA", "RPA", "took", "why"}}
	for _, d := range s.Drills {
		if len(d.Runs) == 0 {
			t.Row(d.Scenario.Name, noRun(d).text, "", "", "", join("; ", d.Skipped, strings.Join(d.Errors, "; ")))
		}
		for i, r := range d.Runs {
			why := ""
			if r.Verdict != drill.Pass {
				why = verdictWords(r)
			}
			t.Row(runName(d, i), mdVerdict(r.Verdict), brief(r.Analysis.Reading(drill.MetricRTA)), brief(r.Analysis.Reading(drill.MetricRPA)),
				figures.Seconds(r.Ended.Sub(r.Began).Seconds()), why)
		}
	}
	b.WriteString(t.String())
	for _, d := range s.Drills {
		mdTrials(b, d)
		for i, r := range d.Runs {
			fmt.Fprintf(b, "\n<details><summary>%s %s</summary>\n\n", mdVerdict(r.Verdict), markdown.Escape(runName(d, i)))
			mdRun(b, runName(d, i), r)
			b.WriteString("\n</details>\n")
		}
		mdWrong(b, d)
	}
}

// mdWrong is what went wrong with a drill beside its verdicts.
func mdWrong(b *strings.Builder, d drill.Drill) {
	for _, e := range d.Errors {
		fmt.Fprintf(b, "\n> %s: %s\n", markdown.Escape(d.Scenario.Name), markdown.Escape(e))
	}
	if d.Skipped != "" {
		fmt.Fprintf(b, "\n> %s: not started: %s\n", markdown.Escape(d.Scenario.Name), markdown.Escape(d.Skipped))
	}
}

func mdRun(b *strings.Builder, name string, rec drill.Record) {
	fmt.Fprintf(b, "### %s %s: %s\n\n", mdVerdict(rec.Verdict), markdown.Escape(name), markdown.Escape(verdictWords(rec)))
	if rec.Spec.Title != "" {
		fmt.Fprintf(b, "%s\n\n", markdown.Escape(rec.Spec.Title))
	}
	if !rec.Cleanup.Verified {
		fmt.Fprintf(b, "> **Not proved that everything was taken back**: run `drillctl recover %s`\n", markdown.Code(rec.RunID))
		for _, r := range rec.Cleanup.Residue {
			fmt.Fprintf(b, "> - %s\n", markdown.Escape(r))
		}
		b.WriteString("\n")
	}
	if len(rec.Environment.Bugs) > 0 {
		fmt.Fprintf(b, "Bugs switched on: %s\n\n", markdown.Escape(strings.Join(rec.Environment.Bugs, ", ")))
	}
	mdObjectives(b, rec)
	mdBaseline(b, rec.Baseline)
	mdDrift(b, rec.Drift)
	mdFacts(b, rec)
	fmt.Fprintf(b, "\nRun `%s`, seed %d, drillctl %s; `drillctl report %s` tells all of it.\n", markdown.Code(rec.RunID), rec.Seed, markdown.Escape(rec.Tool.Version), markdown.Code(rec.RunID))
}

func mdObjectives(b *strings.Builder, rec drill.Record) {
	t := markdown.Table{Head: []string{"objective", "target", "achieved", "between", "verdict"}}
	for _, r := range rec.Objectives {
		t.Row(r.Objective.ID, figures.Target(r.Objective), figures.AchievedBeside(r), figures.Bounds(r.Reading), mdVerdict(r.Verdict))
	}
	b.WriteString(t.String())
	var why []string
	for _, r := range rec.Objectives {
		if r.Verdict != drill.Pass {
			why = append(why, r.Objective.ID+": "+reasonFor(r))
		}
	}
	mdList(b, why)
}

// mdFacts are what was done, what clients saw, and what a reader should know.
func mdFacts(b *strings.Builder, rec drill.Record) {
	var facts []string
	for _, f := range rec.Analysis.Faults {
		how := "NOT proved in force"
		switch {
		case f.Step.External && f.IsInForce:
			how = "done by others, without proof; watched from " + figures.Instant(f.Fired) + pick(f.IsGone, " to "+figures.Instant(f.Gone), "")
		case f.IsInForce && f.IsGone:
			how = "proved in force from " + figures.Instant(f.InForce) + " and gone at " + figures.Instant(f.Gone)
		case f.IsInForce:
			how = "proved in force from " + figures.Instant(f.InForce) + ", NOT proved gone"
		}
		facts = append(facts, f.Step.Text+": "+join("; ", how, f.Problem))
	}
	for _, i := range rec.Analysis.Incidents {
		facts = append(facts, fmt.Sprintf("outage of %ss: %s from %s, %s", i.Route, figures.Achieved(incidentRTA(i)), figures.Instant(i.Start), classes(i.Bad)))
	}
	if l := rec.Analysis.Ledger; l != nil && l.Known {
		facts = append(facts, fmt.Sprintf("writes: %s lost of %s acknowledged", figures.Count(l.Lost), figures.Count(l.Acked)))
	}
	facts = append(facts, rec.Analysis.Notes...)
	if text := undelivered(rec); text != "" {
		facts = append(facts, text)
	}
	mdList(b, facts)
}

func mdList(b *strings.Builder, items []string) {
	if len(items) > 0 {
		b.WriteString("\n")
	}
	for _, i := range items {
		fmt.Fprintf(b, "- %s\n", markdown.Escape(i))
	}
}

func mdVerdict(v drill.Verdict) string {
	switch v {
	case drill.Pass:
		return "✅ pass"
	case drill.Fail:
		return "❌ FAIL"
	}
	return "⚠️ " + v.String()
}
