package quarter

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
	"github.com/drillctl/drillctl/reports/people"
)

// Make writes the report on a quarter. runs are those of the quarter and of the
// quarters that trends go back to; the order does not matter.
func Make(p Period, runs []Run, now time.Time, tool drill.Tool) Quarter {
	runs = slices.Clone(runs)
	slices.SortFunc(runs, func(a, b Run) int { return cmp.Or(a.Registered.Compare(b.Registered), cmp.Compare(a.ID, b.ID)) })
	var in, until []Run
	for _, r := range runs {
		if r.Registered.Before(p.To) {
			until = append(until, r)
		}
		if p.Contains(r.Registered) {
			in = append(in, r)
		}
	}
	rep := Quarter{Schema: Schema, Period: p, Made: now.UTC(), Tool: tool, Coverage: coverage(in), Trends: trends(p, until), Limits: limits(in), Clauses: clauses(in)}
	rep.Findings, rep.Carried = findings(p, until)
	rep.Scenarios = scenarios(in)
	rep.Summary = summary(rep, in)
	for _, r := range in {
		rep.Evidence = append(rep.Evidence, RunEvidence{r.ID, r.Evidence})
		if r.Record == nil {
			rep.Unfinished = append(rep.Unfinished, Attempt{r.ID, r.Scenario.Name, r.Registered, saidOf(r)})
			continue
		}
		rep.Exercises = append(rep.Exercises, exercise(r, until, rep.Findings, now))
	}
	return rep
}

// saidOf is what people noted about a run without a result, and what is wrong with
// its files.
func saidOf(r Run) []string {
	out := slices.Clone(r.Evidence.Problems)
	for _, e := range r.People {
		if e.Kind == people.Note {
			out = append(out, pick(e.By != "", e.By+": ", "")+e.Text)
		}
	}
	return out
}

// findings are those of the quarter, and the open ones of before.
func findings(p Period, runs []Run) (own, carried []people.Issue) {
	var records []drill.Record
	for _, r := range runs {
		if r.Record != nil {
			records = append(records, *r.Record)
		}
	}
	for _, r := range runs {
		issues := people.Issues(r.ID, r.Record, r.People)
		people.Retests(issues, records)
		for _, i := range issues {
			switch {
			case p.Contains(r.Registered):
				own = append(own, i)
			case i.Status == people.Open || p.Contains(i.ClosedOn):
				carried = append(carried, i)
			}
		}
	}
	people.Sort(own)
	people.Sort(carried)
	return own, carried
}

func scenarios(runs []Run) []Scenario {
	var out []Scenario
	at := map[string]int{}
	for _, r := range runs {
		i, ok := at[r.Scenario.Name]
		if !ok {
			i = len(out)
			at[r.Scenario.Name] = i
			out = append(out, Scenario{Name: r.Scenario.Name})
		}
		out[i].add(r)
	}
	for i := range out {
		out[i].conclude()
	}
	slices.SortFunc(out, func(a, b Scenario) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func (s *Scenario) add(r Run) {
	s.Attempts++
	if r.Record == nil {
		s.Unfinished++
		return
	}
	s.Title, s.Last = r.Record.Spec.Title, r.Record.Verdict
	switch r.Record.Verdict {
	case drill.Pass:
		s.Passed++
	case drill.Fail:
		s.Failed++
	default:
		s.Inconclusive++
	}
}

// conclude says whether the quarter's drill is done. One inconclusive answer is
// none; a pass after a miss is told with the miss.
func (s *Scenario) conclude() {
	s.Discharged = s.Passed+s.Failed > 0
	switch {
	case s.Passed+s.Failed+s.Inconclusive == 0:
		s.Conclusion = "never finished: the drill is still to be done"
	case !s.Discharged:
		s.Conclusion = "inconclusive: the drill is still to be done"
	case s.Failed == 0 && s.Inconclusive+s.Unfinished == 0:
		s.Conclusion = "objectives met in every attempt"
	case s.Last == drill.Pass:
		s.Conclusion = fmt.Sprintf("objectives met in the last run; of %s, %d passed", figures.Plural(s.Attempts, "attempt"), s.Passed)
	case s.Failed > 0 && s.Last == drill.Fail:
		s.Conclusion = "objectives not met in the last run"
	default:
		s.Conclusion = fmt.Sprintf("the last run was inconclusive; of %s, %d passed and %d failed", figures.Plural(s.Attempts, "attempt"), s.Passed, s.Failed)
	}
}

func summary(rep Quarter, runs []Run) Summary {
	s := Summary{Attempts: len(runs)}
	for _, sc := range rep.Scenarios {
		s.Passed, s.Failed, s.Inconclusive, s.Unfinished = s.Passed+sc.Passed, s.Failed+sc.Failed, s.Inconclusive+sc.Inconclusive, s.Unfinished+sc.Unfinished
	}
	s.Finished = s.Attempts - s.Unfinished
	for _, r := range runs {
		if r.Record == nil {
			continue
		}
		if r.Record.Environment.IsProduction {
			s.Production++
		}
		if name := r.Record.Environment.System; !slices.Contains(s.Environments, name) {
			s.Environments = append(s.Environments, name)
		}
	}
	for _, i := range slices.Concat(rep.Findings, rep.Carried) {
		if i.Status == people.Open {
			s.OpenFindings++
		}
	}
	s.Sentences = sentences(rep, s)
	return s
}

// sentences are for whoever reads one page.
func sentences(rep Quarter, s Summary) []string {
	if s.Attempts == 0 {
		return []string{"No drill was attempted in " + rep.Period.Name + "."}
	}
	out := []string{fmt.Sprintf("In %s, %s of %s were attempted; %d passed, %d failed, %d were inconclusive and %d never finished.",
		rep.Period.Name, figures.Plural(s.Attempts, "run"), figures.Plural(len(rep.Scenarios), "drill"), s.Passed, s.Failed, s.Inconclusive, s.Unfinished)}
	for _, sc := range rep.Scenarios {
		out = append(out, fmt.Sprintf("%s: %s.", sc.Name, sc.Conclusion))
	}
	if s.Production == 0 && s.Finished > 0 {
		out = append(out, "No run was on production: what was drilled is "+strings.Join(s.Environments, ", ")+".")
	}
	out = append(out, fmt.Sprintf("%s open.", figures.Plural(s.OpenFindings, "finding")))
	if n := len(rep.Coverage.NotDrilled); n > 0 {
		out = append(out, fmt.Sprintf("%s of regions, fault classes and strategies were not drilled.", figures.Plural(n, "combination")))
	}
	return out
}
