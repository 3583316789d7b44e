package drill

import "time"

// LoadReport says how well the generator kept its own promise, over all streams
// and for each.
type LoadReport struct {
	Spec        LoadSpec      `json:"spec"`
	Planned     uint64        `json:"planned"`
	Sent        uint64        `json:"sent"`
	Skipped     uint64        `json:"skipped"`
	LatenessP99 time.Duration `json:"lateness_p99_ns"` // of the later stream
	LatenessMax time.Duration `json:"lateness_max_ns"`
	// Saturated says that a stream is; SaturatedWhy names it and says why.
	Saturated    bool           `json:"saturated"`
	SaturatedWhy string         `json:"saturated_why,omitempty"`
	Streams      []StreamReport `json:"streams"`
	Resolution   time.Duration  `json:"resolution_ns"`       // grid spacing + L + poll
	BaselineL    time.Duration  `json:"baseline_latency_ns"` // L: a high quantile of the baseline
}

// A StreamReport is how the generator kept the grid of one route, from the
// steady phase to the end of the load.
type StreamReport struct {
	Route        string        `json:"route"`
	Slot         time.Duration `json:"slot_ns"` // distance of two slots
	Planned      uint64        `json:"planned"`
	Sent         uint64        `json:"sent"`
	Skipped      uint64        `json:"skipped"`
	LatenessP99  time.Duration `json:"lateness_p99_ns"`
	LatenessMax  time.Duration `json:"lateness_max_ns"`
	Saturated    bool          `json:"saturated"`
	SaturatedWhy string        `json:"saturated_why,omitempty"`
}
