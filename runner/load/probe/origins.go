package probe

import (
	"math/rand/v2"
	"net/http"
)

// An Origin is a group of clients, with connections of its own.
type Origin struct {
	Name  string // the region that it is near to
	Share float64
	Base  http.RoundTripper
}

// Origins say which group of clients a slot of one route's grid belongs to. Each
// gets its share as evenly as can be: the slots walk around a circle by the golden
// ratio (Kronecker's sequence), of which each group has an arc. So the distances
// of a group's slots take three values at most, where independent draws would
// leave holes that look like skipped slots.
type Origins struct {
	all   []Origin
	ends  []uint64 // of their arcs, the last one but for rounding a whole turn
	start uint64
}

// golden is 2^64 over the golden ratio.
const golden = 0x9e3779b97f4a7c15

// NewOrigins are those of a route; the same seed gives the same slots to each.
func NewOrigins(all []Origin, seed, route uint64) *Origins {
	o := &Origins{all: all, start: rand.New(rand.NewPCG(seed, originStream+route)).Uint64()}
	sum := 0.0
	for _, one := range all {
		sum += one.Share
		o.ends = append(o.ends, turns(sum))
	}
	return o
}

// originStream keeps the draw apart from others of the same seed.
const originStream = 100

// turns is a share of a whole turn, which is 2^64.
func turns(share float64) uint64 {
	if share >= 1 {
		return 1<<64 - 1
	}
	return uint64(share*(1<<53)) << 11
}

// Of is the group of a slot.
func (o *Origins) Of(slot uint64) Origin {
	at := o.start + slot*golden
	for i, end := range o.ends {
		if at < end {
			return o.all[i]
		}
	}
	return o.all[len(o.all)-1]
}
