package drill

import "time"

// RecordSchema names the version of the record's form.
const RecordSchema = "drillctl/record/v1"

// A Reading is one number taken from a log. Known is false when the log cannot
// answer; Why then says what was missing. Zero is a number, not "no data". Low
// and High bound the truth: the resolution is half their distance.
type Reading struct {
	Metric string  `json:"metric"`
	Value  float64 `json:"value"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Unit   Unit    `json:"unit"`
	Known  bool    `json:"known"`
	Why    string  `json:"why,omitempty"`
	// Censored says that the truth may be larger than High: the window ended
	// first ("> 30 s").
	Censored bool     `json:"censored,omitempty"`
	Clock    string   `json:"clock,omitempty"` // which instants it runs between: "disruption (t_A) to recovery (t_R)"
	From     []uint64 `json:"from,omitempty"`  // the events it rests on
}

// A Result is one objective judged: target and achieved side by side.
type Result struct {
	Objective Objective `json:"objective"`
	Reading   Reading   `json:"reading"`
	Verdict   Verdict   `json:"verdict"`
	Met       *bool     `json:"met"` // null, never true, when it could not be judged
	Reason    string    `json:"reason,omitempty"`
}

// An Episode is one stretch of DOWN on one route.
type Episode struct {
	Start     time.Duration `json:"start_ns"`
	End       time.Duration `json:"end_ns"` // first good start after it
	Recovered bool          `json:"recovered"`
}

// An Incident is a series of DOWN episodes less than the hold apart.
type Incident struct {
	Route string `json:"route"`
	// Start is t_A and Recovered t_R, both intended starts of requests; the
	// bounds are those of measuring.md 1.5 rule 2.
	Start         time.Duration     `json:"start_ns"`
	StartLow      time.Duration     `json:"start_low_ns"`
	StartHigh     time.Duration     `json:"start_high_ns"`
	Recovered     time.Duration     `json:"recovered_ns"`
	RecoveredLow  time.Duration     `json:"recovered_low_ns"`
	RecoveredHigh time.Duration     `json:"recovered_high_ns"`
	IsRecovered   bool              `json:"is_recovered"`
	Downtime      time.Duration     `json:"downtime_ns"`
	Flaps         int               `json:"flaps"`
	FirstGood     time.Duration     `json:"first_good_ns"` // diagnostic only
	Episodes      []Episode         `json:"episodes"`
	Bad           map[string]uint64 `json:"bad_by_class"`
	Cause         string            `json:"cause,omitempty"` // the step in force when it began
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

// A LedgerReport is the reconciliation of measuring.md 2.2.
type LedgerReport struct {
	Attempted     uint64 `json:"attempted"`
	Acked         uint64 `json:"acked"`
	Rejected      uint64 `json:"rejected"`
	Indeterminate uint64 `json:"indeterminate"`
	// Known says that complete final reads exist; else the classes below mean
	// nothing and Why says what is missing.
	Known             bool          `json:"known"`
	Why               string        `json:"why,omitempty"`
	Lost              uint64        `json:"lost"`
	LostIDs           []uint64      `json:"lost_ids,omitempty"` // the first 100
	Recovered         uint64        `json:"recovered_indeterminate"`
	Absent            uint64        `json:"absent_indeterminate"`
	RejectedPresent   uint64        `json:"rejected_but_present"`
	Unexpected        uint64        `json:"unexpected"`
	Duplicated        uint64        `json:"duplicated"`
	Reordered         uint64        `json:"reordered"`
	Resurrected       uint64        `json:"resurrected"` // absent when settled, present after fail-back
	StaleReads        uint64        `json:"stale_reads"`
	StaleMax          time.Duration `json:"stale_max_ns"`
	RPA               time.Duration `json:"rpa_ns"`
	NewestSurvivorGap time.Duration `json:"newest_survivor_gap_ns"`
	PostFaultLoss     time.Duration `json:"post_fault_loss_ns"`
	LossEquivalent    time.Duration `json:"loss_equivalent_ns"`
	Holes             bool          `json:"holes"`
	SplitBrain        time.Duration `json:"split_brain_ns"`
	LossUpperBound    float64       `json:"loss_upper_bound_95"`    // 1-0.05^(1/N) when none of N was lost
	Disagreement      []string      `json:"disagreement,omitempty"` // sources that disagree, in words
	FinalReads        []FinalRead   `json:"final_reads"`
}

// A BudgetReport says what the drill cost of an error budget.
type BudgetReport struct {
	Spec     BudgetSpec    `json:"spec"`
	EED      time.Duration `json:"error_equivalent_downtime_ns"`
	Consumed float64       `json:"consumed"` // ratio of the window's budget; notional off production
	PeakBurn float64       `json:"peak_burn_rate"`
	Alerts   []BurnAlert   `json:"alerts"`
}

// A BurnAlert is one row of the SRE workbook's multiwindow alerts.
type BurnAlert struct {
	Severity string        `json:"severity"`
	Long     time.Duration `json:"long_ns"`
	Short    time.Duration `json:"short_ns"`
	Burn     float64       `json:"burn"`
	Needs    time.Duration `json:"needs_ns"` // total outage needed to fire from a clean window
	Fired    bool          `json:"fired"`
	FiredAt  time.Duration `json:"fired_at_ns,omitempty"`
}

// LoadReport says how well the generator kept its own promise.
type LoadReport struct {
	Spec         LoadSpec      `json:"spec"`
	Planned      uint64        `json:"planned"`
	Sent         uint64        `json:"sent"`
	Skipped      uint64        `json:"skipped"`
	LatenessP99  time.Duration `json:"lateness_p99_ns"`
	LatenessMax  time.Duration `json:"lateness_max_ns"`
	Saturated    bool          `json:"saturated"`
	SaturatedWhy string        `json:"saturated_why,omitempty"`
	Resolution   time.Duration `json:"resolution_ns"`       // grid spacing + L + poll
	BaselineL    time.Duration `json:"baseline_latency_ns"` // L: a high quantile of the baseline
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
	Evidence  []string                 `json:"evidence"`
	Problem   string                   `json:"problem,omitempty"`
}

// RegionShare is the part of the good traffic that one region served.
type RegionShare struct {
	Region  string            `json:"region"`
	ByPhase map[string]uint64 `json:"by_phase"`
	Total   uint64            `json:"total"`
}

// An Analysis is all that follows from a log, before judging.
type Analysis struct {
	Load       LoadReport    `json:"load"`
	Phases     []PhaseStats  `json:"phases"`
	Regions    []RegionShare `json:"regions"`
	Faults     []FaultReport `json:"faults"`
	Incidents  []Incident    `json:"incidents"`
	Detections []Detection   `json:"detections"`
	Ledger     *LedgerReport `json:"ledger,omitempty"`
	Budget     *BudgetReport `json:"budget,omitempty"`
	Readings   []Reading     `json:"readings"`
	// Invalid are the reasons why the run as a whole cannot be judged.
	Invalid []Invalidity `json:"invalid,omitempty"`
	// Notes are facts that a reader should know: masked failover, holes,
	// "would not have paged".
	Notes []string `json:"notes,omitempty"`
}

// An Invalidity is one reason for an inconclusive verdict.
type Invalidity struct {
	Code string `json:"code"` // "no-effect", "no-load", "saturated", "never-read", "precondition", "straddles", "aborted", "interrupted"
	Text string `json:"text"`
}

// Saturated is the code of what a starved load generator spoils.
const Saturated = "saturated"

// Starved says that the load generator could not keep its grid: the machine's
// fault, not that of what was drilled.
func (i Invalidity) Starved() bool { return i.Code == Saturated }

// A Reading by name, or an unknown one.
func (a Analysis) Reading(metric string) Reading {
	for _, r := range a.Readings {
		if r.Metric == metric {
			return r
		}
	}
	return Reading{Metric: metric, Why: "not measured by this drill"}
}

// Tool says which drillctl made a record.
type Tool struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
	SHA256  string `json:"sha256,omitempty"`
}

// Attempt is what was registered before anything was injected.
type Attempt struct {
	RegisteredAt time.Time `json:"registered_at"`
	SHA256       string    `json:"registration_sha256"`
	PriorToday   int       `json:"prior_attempts_today"`
}

// ScenarioRef says which scenario was drilled, by content.
type ScenarioRef struct {
	Name   string `json:"name"`
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
}

// Environment says where it was drilled.
type Environment struct {
	Runtime      string            `json:"runtime"`
	System       string            `json:"system"` // "bundled" or what the user named
	IsProduction bool              `json:"is_production"`
	Host         map[string]string `json:"host"` // os, arch, kernel, cpus
	Bugs         []string          `json:"bugs,omitempty"`
}

// Cleanup says whether everything was taken back.
type Cleanup struct {
	Verified bool     `json:"verified"`
	Residue  []string `json:"residue,omitempty"`
}

// NotMeasured names a number that nobody measured, and why: that is another
// fact than a missing number.
type NotMeasured struct {
	Metric string `json:"metric"`
	Reason string `json:"reason"`
}

// A Record is one finished drill: scenario, log, readings and verdict. Reports,
// history and the JSON output have it in common.
type Record struct {
	Schema      string        `json:"schema"`
	RunID       string        `json:"run_id"`
	Tool        Tool          `json:"tool"`
	Attempt     Attempt       `json:"attempt"`
	Scenario    ScenarioRef   `json:"scenario"`
	Environment Environment   `json:"environment"`
	Seed        uint64        `json:"seed"`
	Began       time.Time     `json:"began"`
	Ended       time.Time     `json:"ended"`
	Outcome     string        `json:"outcome"` // completed, precondition, aborted, interrupted, error
	Verdict     Verdict       `json:"verdict"`
	Reason      string        `json:"verdict_reason"`
	Cleanup     Cleanup       `json:"cleanup"`
	Spec        Spec          `json:"spec"`
	Objectives  []Result      `json:"objectives"`
	Analysis    Analysis      `json:"analysis"`
	NotMeasured []NotMeasured `json:"not_measured"`
	Timeline    []Event       `json:"timeline"`
	Dir         string        `json:"dir,omitempty"`
}
