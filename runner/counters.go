package runner

import (
	"slices"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// Counters are kept per bucket of intended time. They feed the live view, the
// steady gate and the abort guard; the verdict never rests on them.
const (
	bucketLen  = 250 * time.Millisecond
	maxBuckets = 4 * 3600 * 4
	// latencyBuckets keep their latencies: the live view asks for those of a second,
	// and a late answer may come a while after its slot.
	latencyBuckets = 4 * 60
)

// A bucket is the traffic whose slots fall into one bucketLen.
type bucket struct {
	good, bad int
	byRegion  map[string]int
	latencies []time.Duration
}

type counters struct {
	mu       sync.Mutex
	deadline time.Duration
	buckets  map[int]*bucket
	seen     time.Duration // the newest intended start
}

func newCounters(deadline time.Duration) *counters {
	return &counters{deadline: deadline, buckets: map[int]*bucket{}}
}

func (c *counters) add(s drill.Sample) {
	if s.Class == drill.Aborted || s.Route == drill.Intruder {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	i := int(s.Intended / bucketLen)
	b := c.buckets[i]
	if b == nil {
		b = &bucket{byRegion: map[string]int{}}
		c.buckets[i] = b
		delete(c.buckets, i-maxBuckets)
		if old := c.buckets[i-latencyBuckets]; old != nil {
			old.latencies = nil
		}
	}
	c.seen = max(c.seen, s.Intended)
	if s.Class == drill.OK && s.Latency() <= c.deadline {
		b.good++
		b.latencies = append(b.latencies, s.Latency())
	} else {
		b.bad++
	}
	if s.Region != "" || s.Class == drill.OK { // a system need not say who serves
		b.byRegion[s.Region]++
	}
}

// A traffic is what a stretch of time carried.
type traffic struct {
	good, bad int
	byRegion  map[string]int
	p99       time.Duration
}

func (t traffic) success() float64 {
	if t.good+t.bad == 0 {
		return 0
	}
	return float64(t.good) / float64(t.good+t.bad)
}

// between sums the whole buckets in [from, to).
func (c *counters) between(from, to time.Duration) traffic {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := traffic{byRegion: map[string]int{}}
	var lat []time.Duration
	for i := int((from + bucketLen - 1) / bucketLen); i < int(to/bucketLen); i++ {
		b := c.buckets[i]
		if b == nil {
			continue
		}
		t.good += b.good
		t.bad += b.bad
		lat = append(lat, b.latencies...)
		for r, n := range b.byRegion {
			t.byRegion[r] += n
		}
	}
	if len(lat) > 0 {
		slices.Sort(lat)
		t.p99 = lat[(len(lat)*99-1)/100]
	}
	return t
}
