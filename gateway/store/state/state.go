// Package state is what the ways to replicate have in common towards the
// store's HTTP side.
package state

import "errors"

// The roles of a store.
const (
	Leader   = "leader"
	Follower = "follower"
	Fenced   = "fenced" // it led, may not any more, and knows no other leader
)

// A State is what a store knows about itself at a moment.
type State struct {
	Name   string `json:"name"`
	Region string `json:"region"`
	Role   string `json:"role"`
	// Leader is the leading store's name and LeaderRegion its region; "" if
	// none is known.
	Leader       string `json:"leader"`
	LeaderRegion string `json:"leader_region"`
	Epoch        uint64 `json:"epoch"` // of that leader; never falls
	Last         uint64 `json:"last"`  // sequence number of the newest entry held
	// AppliedFrom is the region whose log this store copies, "" while none.
	AppliedFrom string `json:"applied_from,omitempty"`
	Lag         uint64 `json:"lag"` // entries known to exist there and not yet here
	// Ready says that reads can be served and that the leader was heard lately.
	Ready bool `json:"ready"`
	// Full says that there is no room for another entry.
	Full bool `json:"full,omitempty"`
}

// A Receipt says where an order is stored.
type Receipt struct {
	Region   string // of the leader that answers for it
	Epoch    uint64 // of that leader
	Existing bool   // it was stored before
}

// Why a write was not acknowledged.
var (
	// ErrNotLeader says that nothing was written: this store may not.
	ErrNotLeader = errors.New("this store is not the leader")
	// ErrAhead says that nothing was written: no other region has the writes of
	// before.
	ErrAhead = errors.New("no other region has copied the writes before this one")
	// ErrUnsure says that the order may or may not be stored.
	ErrUnsure = errors.New("it is not known whether the order was stored")
)

// ErrStale says that somebody else leads in a later epoch.
var ErrStale = errors.New("a newer epoch is known")
