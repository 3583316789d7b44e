package drill

import (
	"slices"
	"time"
)

// bins hold one line per second of the drill: bounded by its length, not by its
// rate.
type bins struct {
	list    []bin
	regions []string
	recent  int // index of the region seen last
}

type bin struct {
	good, bad uint64
	byRegion  []uint64 // good ones, by index into regions
}

const (
	binLen  = time.Second
	maxBins = 1 << 18 // three days; what comes later is counted in the last
)

func newBins() *bins { return &bins{} }

func (b *bins) add(s Sample, good bool) {
	i := int(min(max(0, s.Intended)/binLen, maxBins-1))
	if n := i + 1 - len(b.list); n > 0 {
		b.list = append(b.list, make([]bin, n)...)
	}
	x := &b.list[i]
	if !good {
		x.bad++
		return
	}
	x.good++
	r := b.region(s.Region)
	if n := r + 1 - len(x.byRegion); n > 0 {
		x.byRegion = append(x.byRegion, make([]uint64, n)...)
	}
	x.byRegion[r]++
}

func (b *bins) region(name string) int {
	if b.recent < len(b.regions) && b.regions[b.recent] == name {
		return b.recent
	}
	i := slices.Index(b.regions, name)
	if i < 0 {
		if i = len(b.regions); i > 255 {
			return b.region(b.regions[255])
		}
		b.regions = append(b.regions, name)
	}
	b.recent = i
	return i
}

// sum adds up the whole bins in [from, to).
func (b *bins) sum(from, to time.Duration) bin {
	out := bin{byRegion: make([]uint64, len(b.regions))}
	for i := max(0, int((from+binLen-1)/binLen)); i < min(int(to/binLen), len(b.list)); i++ {
		x := b.list[i]
		out.good += x.good
		out.bad += x.bad
		for r, n := range x.byRegion {
			out.byRegion[r] += n
		}
	}
	return out
}

// share is the part of the good requests that these regions served.
func (b *bins) share(x bin, regions map[string]bool) float64 {
	var n uint64
	for r, c := range x.byRegion {
		if regions[b.regions[r]] {
			n += c
		}
	}
	return float64(n) / float64(max(1, x.good))
}

// end is when the last bin ends.
func (b *bins) end() time.Duration { return time.Duration(len(b.list)) * binLen }
