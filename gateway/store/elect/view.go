package elect

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/raft"
)

// A View is what one voter knows at a moment.
type View struct {
	Leader  string // name, "" if unknown
	Epoch   uint64 // Raft's term
	Leading bool   // this voter is the leader
}

// Changed receives after every change of the View; changes can be merged.
func (e *Elector) Changed() <-chan struct{} { return e.changed }

// View returns what this voter knows now.
func (e *Elector) View() View {
	for {
		before := e.raft.CurrentTerm()
		_, leader := e.raft.LeaderWithID()
		leading := e.raft.State() == raft.Leader
		if e.raft.CurrentTerm() == before {
			return View{Leader: string(leader), Epoch: before, Leading: leading}
		}
	}
}

// InTouch says that the leader was heard just now, or is this voter by a valid
// lease.
func (e *Elector) InTouch() bool {
	v := e.View()
	if v.Leading {
		return e.Valid(v.Epoch)
	}
	return v.Leader != "" && time.Since(e.raft.LastContact()) < contact
}

// Valid says that this voter leads in that epoch and that no other can have
// been elected yet.
func (e *Elector) Valid(epoch uint64) bool {
	return e.raft.State() == raft.Leader && e.raft.CurrentTerm() == epoch && time.Since(e.wire.proved(epoch)) < Lease
}

// Yield has another voter lead, at once and whatever this one's lease says: the
// caller acknowledges nothing any more. On an error this voter may still lead.
func (e *Elector) Yield() error {
	if err := e.raft.LeadershipTransfer().Error(); err != nil {
		return fmt.Errorf("handing the lead over: %w", err)
	}
	return nil
}

// Confirm waits until a majority knows of this voter's reign and returns its
// epoch.
func (e *Elector) Confirm(ctx context.Context) (uint64, error) {
	wait := 2 * time.Second
	if end, ok := ctx.Deadline(); ok {
		wait = min(wait, time.Until(end))
	}
	if err := e.raft.Barrier(wait).Error(); err != nil {
		return 0, fmt.Errorf("confirming the election: %w", err)
	}
	v := e.View()
	if !v.Leading {
		return 0, fmt.Errorf("confirming the election: %w", raft.ErrLeadershipLost)
	}
	return v.Epoch, nil
}
