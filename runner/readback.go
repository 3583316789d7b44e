package runner

import (
	"context"
	"slices"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// The times at which the ledger is read, as final reads say it.
const (
	whenSurvivors = drill.ReadSurvivors     // while a region is away
	whenSettled   = drill.ReadSettled       // when the drill is over
	whenReturned  = drill.ReadAfterFailback // a little later, when a region came back
)

// gatewaySource reads as clients do.
const gatewaySource = "gateway"

// readBack stops the load and, when something was injected, reads the ledger.
// What was read before, while a region was away, comes first.
func (d *run) readBack(ctx context.Context, out outcome) ([]drill.FinalRead, error) {
	ctx, cancel := context.WithTimeout(ctx, d.limits.Reads)
	defer cancel()
	stopErr := d.opts.Load.Stop(ctx)
	if out.name == Precondition || d.plan.Spec.Load.WriteRate == 0 {
		return nil, stopErr
	}
	finals, err := d.opts.Load.FinalRead(ctx, whenSettled)
	if err == nil && d.regionReturned() {
		// A returning region may erase or resurrect: what was there must stay.
		if err = d.sleep(ctx, afterFailback); err == nil {
			var again []drill.FinalRead
			again, err = d.opts.Load.FinalRead(ctx, whenReturned)
			finals = append(finals, again...)
		}
	}
	if err != nil {
		d.rec.emit(drill.Event{At: d.now(), Kind: drill.KindNote, Note: "final reads: " + err.Error()})
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return append(d.finals, finals...), stopErr
}

// afterFailback is between the two final reads of a drill in which a region
// came back.
const afterFailback = time.Second

func (d *run) regionReturned() bool {
	return slices.ContainsFunc(d.plan.Steps, func(s Step) bool { return s.Spec.TakesDown })
}

const (
	// survivorTime is what reading the survivors may take.
	survivorTime = 4 * time.Second
	// longEnough is how long a region must be away for its survivors to be read:
	// a read in the middle of the failover would say little.
	longEnough = 3 * survivorTime
)

// survivorLead is how long before the end of a step its survivors are read, 0
// for not at all.
func (d *run) survivorLead(s *armedStep) time.Duration {
	if !s.Spec.TakesDown || s.Spec.For < longEnough || d.plan.Spec.Load.WriteRate == 0 || len(d.survivors(s.Spec)) == 0 {
		return 0
	}
	return survivorTime
}

// survivors are the regions that no step takes down when this one ends.
func (d *run) survivors(of drill.StepSpec) []string {
	end := of.At + of.For
	return slices.DeleteFunc(slices.Clone(d.plan.Spec.Regions), func(region string) bool {
		return slices.ContainsFunc(d.plan.Steps, func(s Step) bool {
			gone := s.Spec.TakesDown && s.Spec.At < end && s.Spec.At+s.Spec.For >= end-survivorTime
			return gone && slices.Contains(s.Spec.Regions, region)
		})
	})
}

// readSurvivors reads the ledger as it is without the lost region, while the load
// goes on, and gives up at the time until: what is missing now and there later
// was out of reach, and not lost.
func (d *run) readSurvivors(ctx context.Context, s *armedStep, until time.Duration) {
	began := d.now()
	ctx, cancel := context.WithTimeout(ctx, until-began)
	defer cancel()
	finals, err := d.opts.Load.FinalRead(ctx, whenSurvivors, append([]string{gatewaySource}, d.survivors(s.Spec)...)...)
	if err != nil {
		if ctx.Err() == nil {
			d.rec.emit(drill.Event{At: began, Kind: drill.KindNote, Step: s.Spec.ID, Note: "reading the survivors: " + err.Error()})
		}
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.finals = append(d.finals, finals...)
}
