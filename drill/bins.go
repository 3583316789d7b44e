package drill

import "time"

// bins hold one line per second of the drill: bounded by its length, not by its
// rate.
type bins struct {
	list []bin
}

type bin struct {
	good, bad uint64
	worst     time.Duration // of good requests
	byRegion  map[string]uint64
}

const binLen = time.Second

func newBins() *bins { return &bins{} }

func (b *bins) add(s Sample, good bool) {
	i := int(max(0, s.Intended) / binLen)
	for len(b.list) <= i {
		b.list = append(b.list, bin{})
	}
	x := &b.list[i]
	if !good {
		x.bad++
		return
	}
	x.good++
	x.worst = max(x.worst, s.Latency())
	if x.byRegion == nil {
		x.byRegion = map[string]uint64{}
	}
	x.byRegion[s.Region]++
}

// sum adds up the whole bins in [from, to).
func (b *bins) sum(from, to time.Duration) bin {
	out := bin{byRegion: map[string]uint64{}}
	for i := int((from + binLen - 1) / binLen); i < min(int(to/binLen), len(b.list)); i++ {
		x := b.list[i]
		out.good += x.good
		out.bad += x.bad
		out.worst = max(out.worst, x.worst)
		for r, n := range x.byRegion {
			out.byRegion[r] += n
		}
	}
	return out
}

func (b bin) share(regions map[string]bool) float64 {
	if b.good == 0 {
		return 0
	}
	var n uint64
	for r := range regions {
		n += b.byRegion[r]
	}
	return float64(n) / float64(b.good)
}
