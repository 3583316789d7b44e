// Package history is an index of runs in SQLite. The run directories are the
// truth; the index makes long lists quick and can be made again from them.
package history

import (
	"time"

	"github.com/drillctl/drillctl/drill"
)

// Unfinished is the verdict of attempts that have no record, in filters.
const Unfinished = "unfinished"

// An Entry is one run in the index.
type Entry struct {
	Run      string          `json:"run"`
	Scenario string          `json:"scenario"`
	Title    string          `json:"title,omitempty"`
	Labels   []string        `json:"labels,omitempty"`
	System   string          `json:"system,omitempty"`
	Runtime  string          `json:"runtime,omitempty"`
	Began    time.Time       `json:"began"` // of an unfinished run: registered
	Took     time.Duration   `json:"took_ns,omitempty"`
	Finished bool            `json:"finished"`
	Verdict  drill.Verdict   `json:"verdict"`
	Outcome  string          `json:"outcome,omitempty"`
	Readings []drill.Reading `json:"readings,omitempty"` // those that are known
}

// EntryOf is what the index keeps of a run; rec is nil when it never finished.
func EntryOf(run string, registered time.Time, ref drill.ScenarioRef, rec *drill.Record) Entry {
	e := Entry{Run: run, Scenario: ref.Name, Labels: ref.Labels, Began: registered.UTC()}
	if rec == nil {
		return e
	}
	e.Scenario, e.Title, e.Finished, e.Verdict, e.Outcome = rec.Scenario.Name, rec.Spec.Title, true, rec.Verdict, rec.Outcome
	e.System, e.Runtime, e.Began, e.Took = rec.Environment.System, rec.Environment.Runtime, rec.Began.UTC(), rec.Ended.Sub(rec.Began)
	if c := rec.Spec.Context; c != nil {
		e.Labels = c.Labels
	}
	for _, r := range rec.Analysis.Readings {
		if r.Known {
			r.From, r.Clock = nil, ""
			e.Readings = append(e.Readings, r)
		}
	}
	return e
}

// Reading by its metric, or an unknown one.
func (e Entry) Reading(metric string) drill.Reading {
	for _, r := range e.Readings {
		if r.Metric == metric {
			return r
		}
	}
	return drill.Reading{Metric: metric}
}
