package drill

import "time"

// SuiteSchema names the version of the suite's form.
const SuiteSchema = "drillctl/suite/v1"

// A Suite is several drills, or several trials of one, told together.
type Suite struct {
	Schema  string    `json:"schema"`
	Tool    Tool      `json:"tool"`
	Began   time.Time `json:"began"`
	Ended   time.Time `json:"ended"`
	Verdict Verdict   `json:"verdict"`
	Exit    int       `json:"exit"` // the code that drillctl ended with
	Drills  []Drill   `json:"drills"`
}

// A Drill is one scenario of a suite with all runs of it.
type Drill struct {
	Scenario ScenarioRef `json:"scenario"`
	Title    string      `json:"title,omitempty"`
	Labels   []string    `json:"labels,omitempty"`
	Verdict  Verdict     `json:"verdict"` // of all its runs together
	Exit     int         `json:"exit"`
	// Errors say what went wrong beside the verdicts: why a run has no record,
	// what could not be written.
	Errors  []string `json:"errors,omitempty"`
	Skipped string   `json:"skipped,omitempty"` // why not all of its runs were started
	Runs    []Record `json:"runs"`
	// Trials sums several runs up; Baseline holds them against earlier ones.
	Trials   *Trials   `json:"trials,omitempty"`
	Baseline *Baseline `json:"baseline,omitempty"`
}

// NewSuite puts drills together. Their order stays, and the worst verdict is
// that of all; what was not run has none, which is inconclusive.
func NewSuite(tool Tool, began, ended time.Time, exit int, drills []Drill) Suite {
	var verdicts []Verdict
	for _, d := range drills {
		verdicts = append(verdicts, d.Verdict)
	}
	return Suite{Schema: SuiteSchema, Tool: tool, Began: began, Ended: ended, Verdict: Worst(verdicts...), Exit: exit, Drills: drills}
}

// Judge sets the verdict of a drill from its runs: each must pass, and what went
// wrong or was not run keeps it from being a pass. Several runs are summed up.
func (d *Drill) Judge() {
	var verdicts []Verdict
	for _, r := range d.Runs {
		verdicts = append(verdicts, r.Verdict)
	}
	if d.Skipped != "" || len(d.Errors) > 0 {
		verdicts = append(verdicts, Inconclusive)
	}
	if d.Baseline != nil && d.Baseline.Regressed {
		verdicts = append(verdicts, Fail)
	}
	d.Verdict = Worst(verdicts...)
	if len(d.Runs) > 1 {
		t := Try(d.Runs)
		d.Trials = &t
	}
}
