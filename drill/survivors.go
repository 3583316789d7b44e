package drill

import (
	"fmt"
	"time"
)

// An absence is what the survivors held between them while a region was away.
type absence struct {
	at     time.Duration // when the first of them was asked
	upTo   uint64        // the highest id asked of all of them
	copies [][][2]uint64
}

// holds says whether any survivor had a record.
func (x absence) holds(id uint64) bool {
	for _, c := range x.copies {
		if has(c, id) {
			return true
		}
	}
	return false
}

// tells says whether a write that ended at an instant had to be seen, if it was
// anywhere.
func (x absence) tells(id uint64, end time.Duration) bool {
	return end <= x.at && (x.upTo == 0 || id <= x.upTo)
}

// absences joins the reads of survivors. A source that comes again begins the
// next absence. One of which a survivor could not be read says nothing: the
// record may be there; the words tell.
func absences(finals []FinalRead) (out []absence, unread []string) {
	var group []FinalRead
	seen := map[string]bool{}
	end := func() {
		if len(group) > 0 {
			x, why := absenceOf(group)
			unread = append(unread, why...)
			if len(why) == 0 {
				out = append(out, x)
			}
		}
		group, seen = nil, map[string]bool{}
	}
	for _, f := range finals {
		if f.final() {
			continue
		}
		if seen[f.Source] {
			end()
		}
		seen[f.Source] = true
		group = append(group, f)
	}
	end()
	return out, unread
}

func absenceOf(group []FinalRead) (x absence, unread []string) {
	x.at = never
	for _, f := range group {
		if f.Source == gatewaySource && (f.Err != "" || !f.Stable) {
			continue // it only shows what the survivors hold
		}
		if f.Err != "" || !f.Stable {
			unread = append(unread, fmt.Sprintf("the copy in %s was not read while the region was away until two reads agreed%s", f.Source, colon(f.Err)))
			continue
		}
		x.at = min(x.at, f.At)
		if f.UpTo > 0 && (x.upTo == 0 || f.UpTo < x.upTo) {
			x.upTo = f.UpTo
		}
		x.copies = append(x.copies, normal(f.Ranges))
	}
	return x, unread
}

// away compares one write with what the survivors held, and with what is there
// now: acknowledged and on no survivor, but present again, it was unavailable
// until the region returned; on a survivor and gone, the return erased it; never
// acknowledged, on no survivor and present now, the return brought it up.
func (c *classifier) away(id uint64, f fate, there bool) {
	r, acked := c.report, f.kind() == Acked
	for _, x := range c.absences {
		if !x.tells(id, f.ack()) {
			continue
		}
		switch held := x.holds(id); {
		case acked && !held && there:
			r.Unavailable++
			before, after := lossAt(c.outages, f.ack())
			r.UnavailableReach = max(r.UnavailableReach, before, after)
			return
		case acked && held && !there:
			c.erased = true
			return
		case !acked && !held && there:
			c.resurrected = true
			return
		}
	}
}
