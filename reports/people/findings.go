package people

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// The states of a finding.
const (
	Open   = "open"
	Closed = "closed"
)

// An Issue is one finding of a run, as it stands now.
type Issue struct {
	Run       string    `json:"run"`
	Scenario  string    `json:"scenario"`
	ID        string    `json:"id"`
	Severity  string    `json:"severity"`
	Text      string    `json:"text"`
	Objective string    `json:"objective,omitempty"`
	Affects   string    `json:"affects,omitempty"` // a clause, or a section of the plan
	Owner     string    `json:"owner,omitempty"`
	Due       string    `json:"due,omitempty"` // a date, 2006-01-02
	Ticket    string    `json:"ticket,omitempty"`
	Opened    time.Time `json:"opened"`
	Status    string    `json:"status"`
	ClosedBy  string    `json:"closed_by,omitempty"`
	ClosedOn  time.Time `json:"closed_on,omitzero"`
	Reason    string    `json:"reason,omitempty"` // of closing
	// Automatic findings were opened by drillctl, because nobody wrote one.
	Automatic bool `json:"automatic,omitempty"`
	// Retest says what later runs of the same scenario found.
	Retest string `json:"retest,omitempty"`
}

// Overdue says that it is open after its day.
func (i Issue) Overdue(now time.Time) bool {
	return i.Status == Open && i.Due != "" && now.UTC().Format(time.DateOnly) > i.Due
}

// Issues are the findings of a run: those that people opened, and one for every
// missed objective that has none. rec is nil for a run that never finished.
func Issues(run string, rec *drill.Record, entries []Entry) []Issue {
	var all []Issue
	scenario := ""
	if rec != nil {
		scenario = rec.Scenario.Name
	}
	for _, e := range entries {
		if e.Kind == Finding {
			all = append(all, Issue{Run: run, Scenario: scenario, ID: e.ID, Severity: e.Severity, Text: e.Text, Objective: e.Objective,
				Affects: e.Affects, Owner: e.Owner, Due: e.Due, Ticket: e.Ticket, Opened: e.At, Status: Open})
		}
	}
	if rec != nil {
		all = append(all, automatic(run, *rec, all)...)
	}
	for _, e := range entries {
		if i := slices.IndexFunc(all, func(f Issue) bool { return f.ID == e.ID }); e.Kind == Close && i >= 0 {
			all[i].Status, all[i].ClosedBy, all[i].ClosedOn, all[i].Reason = Closed, e.By, e.At, e.Text
		}
	}
	return all
}

// automatic are the findings that a record asks for and people have not written.
func automatic(run string, rec drill.Record, written []Issue) []Issue {
	var out []Issue
	add := func(id, severity, objective, text string) {
		if slices.ContainsFunc(written, func(i Issue) bool { return i.Objective == objective }) {
			return
		}
		out = append(out, Issue{Run: run, Scenario: rec.Scenario.Name, ID: id, Severity: severity, Objective: objective, Text: text, Opened: rec.Ended,
			Due: rec.Ended.AddDate(0, 0, DueAfter[severity]).UTC().Format(time.DateOnly), Status: Open, Automatic: true})
	}
	for _, o := range rec.Objectives {
		if o.Verdict == drill.Fail {
			add("auto-"+o.Objective.ID, "high", o.Objective.ID, fmt.Sprintf("objective %s was missed", o.Objective.ID))
		}
	}
	if !rec.Cleanup.Verified {
		add("auto-cleanup", "critical", "cleanup", "it was not proved that everything was taken back")
	}
	return out
}

// Sort puts findings in the order of a list: open first, then by severity, then
// by the day they are due.
func Sort(all []Issue) {
	rank := func(i Issue) int {
		r := slices.Index(Severities, i.Severity)
		if i.Status == Closed {
			r += 10
		}
		return r
	}
	slices.SortStableFunc(all, func(a, b Issue) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Due, b.Due), cmp.Compare(a.Run, b.Run), cmp.Compare(a.ID, b.ID))
	})
}

// Retests writes to each open finding of an objective what later runs of its
// scenario made of that objective. A person closes it, not a number.
func Retests(all []Issue, records []drill.Record) {
	for i := range all {
		f := &all[i]
		for _, r := range records {
			if r.Scenario.Name != f.Scenario || !r.Began.After(f.Opened) || f.Objective == "" {
				continue
			}
			for _, o := range r.Objectives {
				if o.Objective.ID == f.Objective {
					f.Retest = fmt.Sprintf("%s in %s", o.Verdict, r.RunID)
				}
			}
		}
	}
}
