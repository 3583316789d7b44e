package drill

import "time"

// RecordSchema names the version of the record's form.
const RecordSchema = "drillctl/record/v1"

// A Record is one finished drill: scenario, log, readings and verdict. Reports,
// history and the JSON output have it in common.
type Record struct {
	Schema      string      `json:"schema"`
	RunID       string      `json:"run_id"`
	Tool        Tool        `json:"tool"`
	Attempt     Attempt     `json:"attempt"`
	Scenario    ScenarioRef `json:"scenario"`
	Environment Environment `json:"environment"`
	Fingerprint string      `json:"fingerprint,omitempty"` // of the configuration; equal for runs that may be compared
	// SystemFingerprint is of what was drilled alone, with its software.
	SystemFingerprint string        `json:"system_fingerprint,omitempty"`
	Seed              uint64        `json:"seed"`
	Began             time.Time     `json:"began"`
	Ended             time.Time     `json:"ended"`
	Outcome           string        `json:"outcome"` // completed, precondition, aborted, interrupted, error
	Verdict           Verdict       `json:"verdict"`
	Reason            string        `json:"verdict_reason"`
	Cleanup           Cleanup       `json:"cleanup"`
	Spec              Spec          `json:"spec"`
	Objectives        []Result      `json:"objectives"`
	Analysis          Analysis      `json:"analysis"`
	NotMeasured       []NotMeasured `json:"not_measured"`
	Timeline          []Event       `json:"timeline"`
	// Drift is what differed in the configuration before the drill.
	Drift *Drift `json:"drift,omitempty"`
	// Baseline is how the run, with its other trials, compares with earlier ones.
	Baseline *Baseline `json:"baseline,omitempty"`
	// Notices say who was told of the drill while it went on, and who was not.
	Notices []Notice `json:"notices,omitempty"`
	Dir     string   `json:"dir,omitempty"`
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
	Name   string   `json:"name"`
	Path   string   `json:"path"`
	SHA256 string   `json:"sha256"`
	Labels []string `json:"labels,omitempty"`
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
