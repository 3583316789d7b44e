// Package quarter makes the quarterly report on disaster-recovery drills: a pure
// function from the runs of a quarter, and of those before it, to one value that
// Markdown, JSON and HTML are written from.
package quarter

import (
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/people"
)

// Schema names the version of the report's form.
const Schema = "drillctl/quarter/v1"

// A Run is what the report is made from: one attempt and all that came of it.
type Run struct {
	ID         string
	Registered time.Time
	Scenario   drill.ScenarioRef
	Record     *drill.Record // nil: it never finished
	People     []people.Entry
	Evidence   Evidence
}

// Evidence is what holds a run's files together.
type Evidence struct {
	Manifest string `json:"manifest_sha256,omitempty"`
	Chain    string `json:"chain_sha256,omitempty"` // of the line of chain.jsonl that seals the run
	Files    int    `json:"files"`
	// Problems are what 'drillctl verify' found; nothing is good.
	Problems []string `json:"problems,omitempty"`
}

// A Quarter is the report on one quarter. Lists are in order of time.
type Quarter struct {
	Schema     string         `json:"schema"`
	Period     Period         `json:"period"`
	Made       time.Time      `json:"made_at"`
	Tool       drill.Tool     `json:"tool"`
	Summary    Summary        `json:"summary"`
	Scenarios  []Scenario     `json:"scenarios,omitempty"`
	Exercises  []Exercise     `json:"exercises,omitempty"`
	Unfinished []Attempt      `json:"unfinished,omitempty"`
	Trends     []Trend        `json:"trends,omitempty"`
	Coverage   Coverage       `json:"coverage"`
	Findings   []people.Issue `json:"findings,omitempty"` // of this quarter
	Carried    []people.Issue `json:"carried,omitempty"`  // open ones of earlier quarters
	Clauses    []Clause       `json:"clauses"`
	Limits     []string       `json:"does_not_show"`
	Evidence   []RunEvidence  `json:"evidence,omitempty"`
	Chain      Chain          `json:"chain"` // filled in by whoever looked
}

// A Chain is what 'drillctl verify' says of the state directory as a whole.
type Chain struct {
	Head     string   `json:"head_sha256,omitempty"`
	Problems []string `json:"problems,omitempty"`
}

// A Summary is page one.
type Summary struct {
	Attempts     int      `json:"attempts"`
	Finished     int      `json:"finished"`
	Unfinished   int      `json:"unfinished"`
	Passed       int      `json:"passed"`
	Failed       int      `json:"failed"`
	Inconclusive int      `json:"inconclusive"`
	OpenFindings int      `json:"open_findings"` // carried ones, too
	Production   int      `json:"on_production"` // runs
	Environments []string `json:"environments,omitempty"`
	Sentences    []string `json:"sentences"`
}

// A Scenario is what became of one drill in the quarter.
type Scenario struct {
	Name         string        `json:"name"`
	Title        string        `json:"title,omitempty"`
	Attempts     int           `json:"attempts"`
	Passed       int           `json:"passed"`
	Failed       int           `json:"failed"`
	Inconclusive int           `json:"inconclusive"`
	Unfinished   int           `json:"unfinished"`
	Last         drill.Verdict `json:"last"` // of the last run that finished
	Discharged   bool          `json:"discharged"`
	Conclusion   string        `json:"conclusion"`
}

// An Exercise is one run that finished, with the fields that auditors ask for.
type Exercise struct {
	Run        string        `json:"run"`
	Scenario   string        `json:"scenario"`
	Title      string        `json:"title,omitempty"`
	Began      time.Time     `json:"began"`
	Ended      time.Time     `json:"ended"`
	Verdict    drill.Verdict `json:"verdict"`
	Outcome    string        `json:"outcome"`
	Production bool          `json:"is_production"`
	System     string        `json:"system"`
	Targets    []Target      `json:"targets,omitempty"`
	Fields     []Field       `json:"fields"`
}

// A Target is one objective in words.
type Target struct {
	ID       string        `json:"id"`
	Target   string        `json:"target"`
	Achieved string        `json:"achieved"`
	Clock    string        `json:"clock,omitempty"`
	Verdict  drill.Verdict `json:"verdict"`
	Reason   string        `json:"reason,omitempty"`
}

// A Field is one of the required fields of a report on an exercise. Stated is
// false where nobody said anything: that is a gap, not a "none".
type Field struct {
	No     int      `json:"no"`
	Title  string   `json:"title"`
	Stated bool     `json:"stated"`
	Lines  []string `json:"lines"`
	// Missing are the parts of a stated field that nobody said anything about.
	Missing []string `json:"missing,omitempty"`
}

// An Attempt was registered and never finished.
type Attempt struct {
	Run        string    `json:"run"`
	Scenario   string    `json:"scenario"`
	Registered time.Time `json:"registered_at"`
	Said       []string  `json:"said,omitempty"` // what people noted about it, and what is wrong with its files
}

// A Trend is one number of one drill over time, point by point: never averaged.
type Trend struct {
	Scenario string     `json:"scenario"`
	Metric   string     `json:"metric"`
	Unit     drill.Unit `json:"unit"`
	Op       drill.Op   `json:"op,omitempty"`     // on which side of its target it should be
	Target   *float64   `json:"target,omitempty"` // of the last point
	Points   []Point    `json:"points"`
}

// A Point is one measured value with its bounds.
type Point struct {
	Run      string        `json:"run"`
	Quarter  string        `json:"quarter"`
	At       time.Time     `json:"at"`
	Value    float64       `json:"value"`
	Low      float64       `json:"low"`
	High     float64       `json:"high"`
	Censored bool          `json:"censored,omitempty"`
	Target   *float64      `json:"target,omitempty"` // at that time
	Verdict  drill.Verdict `json:"verdict"`          // of its objective, or of the run
	// Changed says that the system or the tool differs from the point before:
	// the two are not of the same thing.
	Changed bool `json:"changed,omitempty"`
}

// Coverage says what was drilled and what was not. A run counts only where its
// fault was proved in force and the run could be judged.
type Coverage struct {
	Regions    []string `json:"regions,omitempty"`
	Classes    []string `json:"fault_classes"`
	Strategies []string `json:"strategies"`
	Cells      []Cell   `json:"cells,omitempty"`
	NotDrilled []string `json:"not_drilled,omitempty"`

	homes map[string][]string // the regions of the systems that replicate so
}

// A Cell is one combination that was drilled.
type Cell struct {
	Region   string `json:"region"`
	Class    string `json:"fault_class"`
	Strategy string `json:"strategy"`
	Runs     int    `json:"runs"`
	Passed   int    `json:"passed"`
}

// A Clause is one requirement that the report can support, never satisfy.
type Clause struct {
	Framework   string   `json:"framework"`
	Clause      string   `json:"clause"`
	Asks        string   `json:"asks"`
	Supports    string   `json:"supports"`
	DoesNotShow string   `json:"does_not_show"`
	Runs        []string `json:"runs,omitempty"`
}

// RunEvidence is the evidence of one run.
type RunEvidence struct {
	Run string `json:"run"`
	Evidence
}
