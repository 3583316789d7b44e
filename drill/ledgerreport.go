package drill

import "time"

// A LedgerReport is the reconciliation of measuring.md 2.2.
type LedgerReport struct {
	Attempted     uint64 `json:"attempted"`
	Acked         uint64 `json:"acked"`
	Rejected      uint64 `json:"rejected"`
	Indeterminate uint64 `json:"indeterminate"`
	// Known says that complete final reads exist; else the classes below mean
	// nothing and Why says what is missing.
	Known           bool     `json:"known"`
	Why             string   `json:"why,omitempty"`
	Lost            uint64   `json:"lost"`
	LostIDs         []uint64 `json:"lost_ids,omitempty"` // the first 100
	Recovered       uint64   `json:"recovered_indeterminate"`
	Absent          uint64   `json:"absent_indeterminate"`
	RejectedPresent uint64   `json:"rejected_but_present"`
	Unexpected      uint64   `json:"unexpected"`
	Duplicated      uint64   `json:"duplicated"`
	Reordered       uint64   `json:"reordered"`
	// What the return of a region did: Resurrected were absent when settled, or
	// never acknowledged and on no survivor, and are present in the end; Erased
	// were acknowledged and there, and are lost. Unavailable were acknowledged and
	// on no survivor while the region was away, and are present again: not lost,
	// but lost had it not returned, as far back (or on) as UnavailableReach.
	Resurrected       uint64        `json:"resurrected"`
	Erased            uint64        `json:"erased"`
	Unavailable       uint64        `json:"unavailable_until_return"`
	UnavailableReach  time.Duration `json:"unavailable_reach_ns"`
	SurvivorsRead     bool          `json:"survivors_read"` // while the region was away, all of them
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
