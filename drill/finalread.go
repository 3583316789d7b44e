package drill

import "time"

// When the ledger is read back (measuring.md 2.2 b, c).
const (
	// ReadSurvivors is while the damage lasts, from each survivor directly: what
	// would be left if the region never came back. The load goes on meanwhile.
	ReadSurvivors = "survivors"
	// ReadSettled is after the drill has settled, from every region and through
	// the gateway.
	ReadSettled = "settled"
	// ReadAfterFailback is once more after traffic has returned: an old primary
	// may erase or bring back what it should not.
	ReadAfterFailback = "after-failback"
)

// A FinalRead is one complete reading of the ledger (measuring.md 2.2 b, c).
type FinalRead struct {
	When   string `json:"when"`   // one of the constants above
	Source string `json:"source"` // "gateway", or the region read directly
	Round  int    `json:"round"`  // repeated until two consecutive rounds agree
	// At is when this round began: what was acknowledged later may be absent.
	At time.Duration `json:"at_ns"`
	// UpTo is the highest id that was asked for, 0 is all of them: under load,
	// later writes are no part of the reading.
	UpTo uint64 `json:"up_to,omitempty"`
	// Err is why this source could not be read; Ranges are then void.
	Err        string      `json:"err,omitempty"`
	Ranges     [][2]uint64 `json:"ranges"`               // inclusive ranges of ids present
	Duplicates []uint64    `json:"duplicates,omitempty"` // ids stored more than once
	Unexpected []uint64    `json:"unexpected,omitempty"` // ids that are not ours
	// Stable says that this round equals the one before it from this source.
	Stable bool `json:"stable"`
}

// final says that a read may answer what is stored in the end.
func (f FinalRead) final() bool { return f.When != ReadSurvivors }
