package drill

import (
	"slices"
	"time"
)

// A span is one disruption: from t_F until clients were served again and the
// damage was gone.
type span struct {
	from, to time.Duration
	seen     bool // by clients
}

// lossAt says what the loss of a write acknowledged at a means: seconds before
// the disruption that took it, or seconds after the start of the one it fell into.
func lossAt(outages []span, a time.Duration) (before, after time.Duration) {
	for _, o := range outages {
		if y, ok := o.within(outages); ok && a <= y.to {
			o = y
		}
		switch {
		case a <= o.from:
			return o.from - a, 0
		case a <= o.to:
			return 0, a - o.from
		}
		after = a - o.from
	}
	return 0, after
}

// within is the first disruption that clients saw and that began while o lasted,
// of which they saw nothing: a backup that rots takes no write with it before the
// region is lost, so the loss counts from there.
func (o span) within(outages []span) (span, bool) {
	i := slices.IndexFunc(outages, func(y span) bool { return !o.seen && y.seen && o.from <= y.from && y.from <= o.to })
	if i < 0 {
		return span{}, false
	}
	return outages[i], true
}

// A classifier sorts writes into the classes of measuring.md 2.2.
type classifier struct {
	report  *LedgerReport
	final   [][2]uint64
	before  *FinalRead // the read before fail-back, if final is the one after it
	outages []span
	// What the survivors held while regions were away; and what the return did to
	// the write at hand.
	absences            []absence
	erased, resurrected bool

	present  uint64        // attempted ids in final
	newestID uint64        // of what survived and was acknowledged before the disruption
	survivor time.Duration // newest acknowledgement before the disruption that survived
	newest   time.Duration // newest surviving acknowledgement of all
	oldest   time.Duration
	anyLost  bool
}

// take classifies one write; they come highest id first.
func (c *classifier) take(id uint64, f fate) {
	r, there := c.report, has(c.final, id)
	c.returned(id, f, there)
	if there {
		c.present++
	}
	switch {
	case f.kind() == Acked && !there:
		c.lost(id, f)
	case f.kind() == Acked:
		c.newest = max(c.newest, f.ack())
		if len(c.outages) > 0 && f.ack() <= c.outages[0].from {
			c.survivor, c.newestID = max(c.survivor, f.ack()), max(c.newestID, id)
		}
	case f.kind() == Rejected && there:
		r.RejectedPresent++
	case f.kind() == Rejected:
	case there:
		r.Recovered++
	default:
		r.Absent++
	}
}

// returned counts what the return of a region did to one write.
func (c *classifier) returned(id uint64, f fate, there bool) {
	c.erased, c.resurrected = false, false
	if c.before != nil {
		was := has(c.before.Ranges, id)
		c.resurrected = there && !was
		c.erased = was && !there && f.kind() == Acked
	}
	c.away(id, f, there)
	if c.resurrected {
		c.report.Resurrected++
	}
	if c.erased {
		c.report.Erased++
	}
}

func (c *classifier) lost(id uint64, f fate) {
	r := c.report
	r.Lost++
	r.LostIDs = append(r.LostIDs, id)
	if len(r.LostIDs) >= 8192 { // keep the smallest hundred, now and then
		c.trim()
	}
	if id < c.newestID {
		r.Reordered++
	}
	if !c.anyLost || f.ack() < c.oldest {
		c.oldest, c.anyLost = f.ack(), true
	}
	before, after := lossAt(c.outages, f.ack())
	r.RPA, r.PostFaultLoss = max(r.RPA, before), max(r.PostFaultLoss, after)
}

func (c *classifier) trim() {
	slices.Sort(c.report.LostIDs)
	c.report.LostIDs = slices.Clone(c.report.LostIDs[:min(100, len(c.report.LostIDs))])
}

func (c *classifier) finish() {
	r := c.report
	c.trim()
	var all uint64
	for _, x := range c.final {
		if n := x[1] - x[0] + 1; n == 0 || all+n < all {
			all = 1<<64 - 1
		} else {
			all += n
		}
	}
	r.Unexpected += all - c.present
	if len(c.outages) > 0 && c.survivor > -never {
		r.NewestSurvivorGap = c.outages[0].from - c.survivor
	}
	r.Holes = r.RPA > 0 && c.anyLost && c.survivor > c.oldest
}
