package drill

import "time"

// A Spec is what judging needs to know of the scenario, resolved: no defaults
// are left open in it, so that a stored run can be judged again.
type Spec struct {
	Scenario string   `json:"scenario"`
	Title    string   `json:"title,omitempty"`
	Regions  []string `json:"regions"`
	Primary  string   `json:"primary,omitempty"`

	Load   LoadSpec   `json:"load"`
	Steady SteadySpec `json:"steady"`
	// Hold is how long a good state must last to count as recovered
	// (measuring.md: H).
	Hold time.Duration `json:"hold_ns"`
	// HealthInterval is the system's own check interval, 0 if unknown.
	HealthInterval time.Duration `json:"health_interval_ns,omitempty"`
	Detect         DetectSpec    `json:"detect"`

	Steps      []StepSpec    `json:"steps"`
	Actions    []ActionSpec  `json:"actions,omitempty"`
	Objectives []Objective   `json:"objectives"`
	Budget     *BudgetSpec   `json:"budget,omitempty"`
	Settle     time.Duration `json:"settle_ns"`
	// Regression are the readings that may be held against a baseline.
	Regression []Regression `json:"regression,omitempty"`
	// Monitoring are the alerts that are looked up; nil for none.
	Monitoring *MonitoringSpec `json:"monitoring,omitempty"`
	// Drift says what of the configuration may differ.
	Drift DriftSpec `json:"drift,omitzero"`

	Context *Context `json:"context,omitempty"`
}

// LoadSpec is the policy of the load, printed beside every number.
type LoadSpec struct {
	ReadRate  float64 `json:"read_rate"`  // requests per second; the grid's spacing is 1/rate
	WriteRate float64 `json:"write_rate"` // numbered writes per second; 0 is none
	// IntruderRate is of requests that are to be refused, per second; 0 is none.
	IntruderRate float64 `json:"intruder_rate,omitempty"`
	// Tokens says that the other requests show tokens.
	Tokens   bool          `json:"tokens,omitempty"`
	Timeout  time.Duration `json:"timeout_ns"`
	Deadline time.Duration `json:"deadline_ns"` // slower than this is not good
	Profile  string        `json:"profile"`     // pooled or fresh
	// EntryOnly says that the records can be read back through the entry alone:
	// of a system of the user's own of which no region can be asked directly.
	EntryOnly bool `json:"entry_only,omitempty"`
	// Origins are the groups of clients by the region that they are near to; none
	// for one group.
	Origins []OriginSpec `json:"origins,omitempty"`
	// Resolver is what the clients make of the TTL of DNS answers.
	Resolver ResolverSpec `json:"resolver,omitzero"`
}

// An OriginSpec is one group of clients.
type OriginSpec struct {
	Region string  `json:"region"` // that they are near to
	Share  float64 `json:"share"`  // of the requests of each route, as a ratio
}

// A ResolverSpec is how long clients keep DNS answers: the zero value is for as
// long as they say.
type ResolverSpec struct {
	// IgnoreTTL keeps answers for AtLeast, whatever they say: not at all if that
	// is 0, for which every connection asks.
	IgnoreTTL bool `json:"ignore_ttl,omitempty"`
	// AtLeast is how long answers are kept that may not be kept for so long, as
	// runtimes with a cache of their own do (Java's networkaddress.cache.ttl) and
	// resolvers with a minimum (unbound's cache-min-ttl).
	AtLeast time.Duration `json:"at_least_ns,omitempty"`
}

// Keeps is how long an answer with a TTL is used.
func (r ResolverSpec) Keeps(ttl time.Duration) time.Duration {
	if r.IgnoreTTL {
		return r.AtLeast
	}
	return max(ttl, r.AtLeast)
}

// SteadySpec is the condition to be met before any damage.
type SteadySpec struct {
	For     time.Duration `json:"for_ns"`
	Success float64       `json:"success"` // ratio, e.g. 0.999
}

// DetectSpec sets the state machine of measuring.md 1.5 rule 5.
type DetectSpec struct {
	Window        time.Duration `json:"window_ns"`       // sliding window w
	MinRequests   int           `json:"min_requests"`    // ... or this many requests, whichever is longer
	MinBad        int           `json:"min_bad"`         // k: at least this many bad to be DOWN
	Down          float64       `json:"down"`            // theta_down: bad ratio that enters DOWN
	Up            float64       `json:"up"`              // theta_up: bad ratio allowed while recovered
	CapacityFloor float64       `json:"capacity_floor"`  // good throughput / offered rate while recovered
	ShareTol      float64       `json:"share_tolerance"` // of a region's baseline share, for fail-back
}

// A StepSpec is one step of the drill as it was planned.
type StepSpec struct {
	ID        string        `json:"id"` // "steps[0]"
	Fault     string        `json:"fault"`
	At        time.Duration `json:"at_ns"`  // from the start of the fault phase
	For       time.Duration `json:"for_ns"` // 0 for instant faults
	Regions   []string      `json:"regions"`
	Targets   []string      `json:"targets"`
	Text      string        `json:"text"`       // "blackhole on region us-east for 20s"
	TakesDown bool          `json:"takes_down"` // the step takes whole regions out of service
	// Outside damage is done by commands of the user's: it came at some time
	// between t_cmd and t_inj.
	Outside bool `json:"outside,omitempty"`
	// External damage is done by others: the step is a window in which the
	// outage is looked for.
	External bool `json:"external,omitempty"`
}

// The kinds of action.
const (
	ActionRun     = "run"     // a program
	ActionConfirm = "confirm" // a question to the operator
)

// An ActionSpec is one step of the drill that does no damage.
type ActionSpec struct {
	ID      string        `json:"id"` // "steps[1]"
	Kind    string        `json:"kind"`
	At      time.Duration `json:"at_ns"` // from the start of the fault phase
	Timeout time.Duration `json:"timeout_ns"`
	Argv    []string      `json:"argv,omitempty"`    // of a run
	Targets []string      `json:"targets,omitempty"` // where it runs; none is beside drillctl
	Text    string        `json:"text"`
	// Declares says that the disaster is declared by it: t_dec.
	Declares bool `json:"declares,omitempty"`
}

// The names of readings, as objectives refer to them.
const (
	MetricRTA          = "rta"                  // seconds, gated against objective rto
	MetricDeclared     = "rta-from-declaration" // seconds, gated against objective rto-from-declaration
	MetricFailover     = "failover"             // seconds
	MetricShift        = "shift"                // seconds: t_sw
	MetricRPA          = "rpa"                  // seconds, gated against objective rpo
	MetricLostWrites   = "lost-writes"          // count
	MetricAvailability = "availability"         // ratio of requests
	MetricTimeAvail    = "time-availability"
	MetricDowntime     = "downtime" // seconds
	MetricEED          = "error-equivalent-downtime"
	MetricDetect       = "detect"   // seconds: first detector
	MetricFailback     = "failback" // seconds
	MetricFailbackEED  = "failback-disturbance"
	MetricFlaps        = "flaps"        // count
	MetricBudget       = "error-budget" // ratio of the budget spent
	MetricP99          = "p99"          // seconds, good requests of the fault phase
	MetricAddedLatency = "added-latency"
	MetricStale        = "staleness"        // seconds, worst
	MetricSplitBrain   = "split-brain"      // seconds of overlap
	MetricOvershoot    = "overshoot"        // ratio to baseline
	MetricAlertFires   = "alert-fires"      // seconds; of one alert with its name behind
	MetricResolves     = "alert-resolves"   // seconds; likewise
	MetricLetIn        = "intruders-let-in" // count of forged requests that were served
	MetricRefused      = "valid-refused"    // count of requests with a good token that were not let in
	MetricLimited      = "rate-limited"     // ratio of answers that were 429
	MetricAbort        = "abort"            // seconds, gated against objective abort-within
	MetricDrift        = "drift"            // count of differences in the configuration
)
