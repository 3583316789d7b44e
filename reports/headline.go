package reports

import (
	"fmt"
	"strings"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

var verdictTones = map[drill.Verdict]tone{drill.Pass: good, drill.Fail: bad, drill.Inconclusive: unsure, drill.Unjudged: unsure}

// headline is the verdict in words, and what nobody may overlook: damage left
// behind, bugs switched on, reasons why the run as a whole says nothing.
func headline(p *page, rec drill.Record) {
	verdict := strings.ToUpper(rec.Verdict.String())
	rest := p.clean(" " + rec.Scenario.Name + ": " + verdictWords(rec))
	lines := strings.Split(wrap(verdict+rest, p.width), "\n")
	lines[0] = p.paint(verdict, verdictTones[rec.Verdict]) + p.paint(strings.TrimPrefix(lines[0], verdict), bold)
	p.buf.WriteString(strings.Join(lines, "\n") + "\n")
	if rec.Spec.Title != "" {
		p.para("", rec.Spec.Title, dim)
	}
	if !rec.Cleanup.Verified {
		leftBroken(p, rec)
	}
	if len(rec.Environment.Bugs) > 0 {
		p.para("", "bugs switched on: "+strings.Join(rec.Environment.Bugs, ", "), unsure)
	}
	for _, i := range rec.Analysis.Invalid {
		if !strings.Contains(rec.Reason, i.Text) {
			p.para(bullet, i.Code+": "+i.Text, unsure)
		}
	}
}

func leftBroken(p *page, rec drill.Record) {
	p.para("", "not proved that everything was taken back: run 'drillctl recover "+rec.RunID+"'", bad)
	for _, r := range rec.Cleanup.Residue {
		p.para(bullet, r, bad)
	}
}

func verdictWords(rec drill.Record) string {
	met, words := tally(rec)
	switch {
	case rec.Outcome != "" && rec.Outcome != "completed":
		return join(": ", rec.Outcome, strings.TrimPrefix(rec.Reason, rec.Outcome+": "))
	case rec.Verdict == drill.Pass && len(rec.Objectives) == 1:
		return "its objective is met"
	case rec.Verdict == drill.Pass:
		return fmt.Sprintf("all %d objectives met", met)
	case rec.Verdict == drill.Fail && words != "":
		return words
	case rec.Reason != "":
		return rec.Reason
	}
	return join(": ", "cannot be judged", words)
}

// tally counts the objectives that are met and puts the others into words.
func tally(rec drill.Record) (met int, words string) {
	var missed, open []string
	for _, r := range rec.Objectives {
		switch {
		case r.Verdict == drill.Pass:
			met++
		case r.Verdict == drill.Fail:
			missed = append(missed, fmt.Sprintf("%s %s (wanted %s)", r.Objective.ID, figures.AchievedBeside(r), figures.Target(r.Objective)))
		default:
			open = append(open, r.Objective.ID)
		}
	}
	if len(missed) > 0 {
		words = fmt.Sprintf("%d of %s missed: %s", len(missed), figures.Plural(len(rec.Objectives), "objective"), strings.Join(missed, ", "))
	}
	if len(open) > 0 {
		words = join("; ", words, "inconclusive: "+strings.Join(open, ", "))
	}
	return met, words
}
