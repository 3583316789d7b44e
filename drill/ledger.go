package drill

import "time"

// A FinalRead is one complete reading of the ledger after the drill
// (measuring.md 2.2 b, c).
type FinalRead struct {
	When   string        `json:"when"`   // "settled" or "after-failback"
	Source string        `json:"source"` // "gateway", or the region read directly
	Round  int           `json:"round"`  // repeated until two consecutive rounds agree
	At     time.Duration `json:"at_ns"`
	// Err is why this source could not be read; Ranges are then void.
	Err        string      `json:"err,omitempty"`
	Ranges     [][2]uint64 `json:"ranges"`               // inclusive ranges of ids present
	Duplicates []uint64    `json:"duplicates,omitempty"` // ids stored more than once
	Unexpected []uint64    `json:"unexpected,omitempty"` // ids that are not ours
	// Stable says that this round equals the one before it from this source.
	Stable bool `json:"stable"`
}
