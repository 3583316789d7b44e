package drill

import "time"

// An Analysis is all that follows from a log, before judging.
type Analysis struct {
	Load    LoadReport    `json:"load"`
	Phases  []PhaseStats  `json:"phases"`
	Regions []RegionShare `json:"regions"`
	Faults  []FaultReport `json:"faults"`
	// Incidents are those of each route; Outages are those of the run, over all
	// critical routes.
	Incidents  []Incident  `json:"incidents"`
	Outages    []Incident  `json:"outages"`
	Shifts     []Shift     `json:"shifts"`
	Detections []Detection `json:"detections"`
	// Origins are what each group of clients saw, where there are several.
	Origins []OriginReport `json:"origins,omitempty"`
	// Alerts are those of the monitoring that the drill watched.
	Alerts []AlertReport `json:"alerts,omitempty"`
	Ledger *LedgerReport `json:"ledger,omitempty"`
	// Intruders are the requests that were to be refused; nil without any.
	Intruders *IntruderReport `json:"intruders,omitempty"`
	Budget    *BudgetReport   `json:"budget,omitempty"`
	// Series is the traffic over time, for charts; none in records made before it
	// was measured.
	Series   *Series   `json:"series,omitempty"`
	Readings []Reading `json:"readings"`
	// Invalid are the reasons why the run as a whole cannot be judged.
	Invalid []Invalidity `json:"invalid,omitempty"`
	// Notes are facts that a reader should know: masked failover, holes,
	// "would not have paged".
	Notes []string `json:"notes,omitempty"`
}

// A Reading by name, or an unknown one.
func (a Analysis) Reading(metric string) Reading {
	for _, r := range a.Readings {
		if r.Metric == metric {
			return r
		}
	}
	return Reading{Metric: metric, Why: "not measured by this drill"}
}

// A PhaseStats is the traffic of one phase, by intended start.
type PhaseStats struct {
	Name    string            `json:"name"`
	Start   time.Duration     `json:"start_ns"`
	End     time.Duration     `json:"end_ns"`
	Planned uint64            `json:"planned"`
	Sent    uint64            `json:"sent"`
	Skipped uint64            `json:"skipped"`
	Good    uint64            `json:"good"`
	Slow    uint64            `json:"slow"`
	Bad     map[string]uint64 `json:"bad_by_class"` // slow excluded
	Unknown uint64            `json:"unknown"`
	// Percentiles are of good requests only, in nanoseconds from the intended
	// start, -1 when there was none.
	P50      time.Duration     `json:"p50_ns"`
	P95      time.Duration     `json:"p95_ns"`
	P99      time.Duration     `json:"p99_ns"`
	Max      time.Duration     `json:"max_ns"`
	ByRegion map[string]uint64 `json:"by_region"`
	ByRoute  map[string]uint64 `json:"by_route"`
}

// A Detection is the first notice that one detector took of one step's damage.
type Detection struct {
	Step     string        `json:"step"`
	Detector string        `json:"detector"` // "gateway", "dns", ...
	By       string        `json:"by"`       // the instance that noticed
	Subject  string        `json:"subject"`
	At       time.Duration `json:"at_ns"`
	After    time.Duration `json:"after_ns"` // since t_inj
	Event    uint64        `json:"event"`
}

// FaultReport is what became of one step.
type FaultReport struct {
	Step      StepSpec                 `json:"step"`
	Fired     time.Duration            `json:"fired_ns"` // t_cmd
	IsFired   bool                     `json:"is_fired"`
	InForce   time.Duration            `json:"in_force_ns"` // t_inj, verified
	Gone      time.Duration            `json:"gone_ns"`     // t_rev, verified
	IsInForce bool                     `json:"is_in_force"`
	IsGone    bool                     `json:"is_gone"`
	Effects   map[string]time.Duration `json:"effects_ns"` // per instance, by the agent's stamp
	Lag       time.Duration            `json:"lag_ns"`     // t_inj - t_cmd
	Skew      time.Duration            `json:"skew_ns"`    // first to last effect
	// Seen says that InForce is the start of the outage that clients saw: the
	// damage was done by others.
	Seen     bool     `json:"seen,omitempty"`
	Evidence []string `json:"evidence"`
	Problem  string   `json:"problem,omitempty"`
}

// RegionShare is the part of the good traffic that one region served.
type RegionShare struct {
	Region  string            `json:"region"`
	ByPhase map[string]uint64 `json:"by_phase"`
	Total   uint64            `json:"total"`
}
