package quarter

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/people"
)

func ownFindings(s source) []string {
	var out []string
	for _, f := range s.findings {
		out = append(out, findingLine(f, s.now))
	}
	if len(out) == 0 {
		return []string{"none"}
	}
	return out
}

func findingLine(f people.Issue, now time.Time) string {
	state := f.Status
	switch {
	case f.Status == people.Closed:
		state = strings.TrimSuffix(fmt.Sprintf("closed by %s%s on %s: %s", f.ClosedBy, pick(f.ClosedBy == f.Owner, ", its owner,", ""), f.ClosedOn.UTC().Format(time.DateOnly), f.Reason), ": ")
	case f.Overdue(now):
		state = "open, OVERDUE"
	}
	owner := f.Owner
	if owner == "" {
		owner = "no owner"
	}
	return fmt.Sprintf("%s %s: %s (%s%s, due %s; %s%s%s%s)", f.ID, f.Severity, f.Text, pick(f.Affects != "", "affects "+f.Affects+"; ", ""), owner, pick(f.Due != "", f.Due, "no date"), state,
		pick(f.Ticket != "", "; "+f.Ticket, ""), pick(f.Automatic, "; opened by drillctl, nobody wrote one", ""), pick(f.Retest != "", "; retest: "+f.Retest, ""))
}

func earlierFindings(s source) []string {
	if len(s.earlier) == 0 {
		return []string{"none: the first run of this drill on record"}
	}
	var out []string
	for _, e := range s.earlier {
		issues := people.Issues(e.ID, e.Record, e.People)
		people.Retests(issues, []drill.Record{s.rec})
		for _, f := range issues {
			if f.Status == people.Open || f.ClosedOn.After(s.rec.Began) {
				out = append(out, fmt.Sprintf("%s of %s: %s", f.ID, e.ID, disposition(f, s.rec.Objectives)))
			}
		}
	}
	if len(out) == 0 {
		return []string{"none was open"}
	}
	return out
}

// disposition is what this run made of an earlier finding.
func disposition(f people.Issue, objectives []drill.Result) string {
	has := slices.ContainsFunc(objectives, func(o drill.Result) bool { return o.Objective.ID == f.Objective })
	switch {
	case strings.HasPrefix(f.Retest, "pass "):
		return "validated by this run"
	case strings.HasPrefix(f.Retest, "fail "):
		return "still open: retested and missed again; superseded by the finding of this run"
	case f.Retest != "":
		return "still open: retested, " + strings.Fields(f.Retest)[0]
	case f.Objective != "" && f.Objective != "cleanup" && !has:
		return "still open: not retested, this run has no objective " + f.Objective
	}
	return "still open: not retested"
}
