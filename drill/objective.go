package drill

import "time"

// An Op compares an achieved value with its target.
type Op string

// The comparisons of objectives.
const (
	AtMost  Op = "<="
	AtLeast Op = ">="
)

// A Unit says what a number counts.
type Unit string

// The units of readings.
const (
	Seconds Unit = "s"
	Ratio   Unit = "ratio"
	Count   Unit = "count"
)

// An Objective is what is wanted of one reading: the target. What was measured
// is the achieved value; the two words are never mixed.
type Objective struct {
	ID     string  `json:"id"`     // key in the scenario, e.g. "rto"
	Metric string  `json:"metric"` // name of the reading that answers it
	Op     Op      `json:"op"`
	Target float64 `json:"target"`
	Unit   Unit    `json:"unit"`
	File   string  `json:"file,omitempty"`
	Line   int     `json:"line,omitempty"`
}

// A BudgetSpec is the SLO whose error budget the drill spends.
type BudgetSpec struct {
	SLO    float64       `json:"slo"` // e.g. 0.999
	Window time.Duration `json:"window_ns"`
	Spend  float64       `json:"spend"` // share of the budget that this drill may spend; 0 is not gated
}
