package drill

import (
	"cmp"
	"slices"
	"time"
)

// A Series is the traffic over time, in steps of equal length, as charts want it.
// It counts what Measure counts, the warm-up too, by intended start. All lists are
// as long as Good.
type Series struct {
	Step    time.Duration `json:"step_ns"` // the first begins at 0; what comes after the last counts in it
	Good    []uint64      `json:"good"`
	Bad     []uint64      `json:"bad"`
	Unknown []uint64      `json:"unknown"` // cut by the tool
	// ByRegion are the good requests by the region that answered; beyond 16 regions
	// the rest are in "other".
	ByRegion []RegionSeries `json:"by_region"`
	// Percentiles are of good requests only, from the intended start, to 0.8 %; -1
	// when there was none.
	P50 []time.Duration `json:"p50_ns"`
	P95 []time.Duration `json:"p95_ns"`
	P99 []time.Duration `json:"p99_ns"`
}

// A RegionSeries is one region's part of a Series.
type RegionSeries struct {
	Region string   `json:"region"`
	Good   []uint64 `json:"good"`
}

// The bounds of a Series, so that a record stays small however long the drill.
const (
	maxSeries        = 300
	maxSeriesRegions = 16
	otherRegions     = "other"
)

// seriesAcc gathers a Series in one pass: samples come in order, so that one
// histogram at a time will do.
type seriesAcc struct {
	out  Series
	lat  histogram
	used bool // the histogram holds something
}

// newSeriesAcc chooses steps of at least a quarter of a second, long enough for
// some twenty requests each, and few enough for the whole length.
func newSeriesAcc(length time.Duration, rate float64) *seriesAcc {
	steps := []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second,
		10 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute,
		15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour}
	const enough = 20
	step := steps[len(steps)-1]
	for _, s := range steps {
		tooSparse := rate*s.Seconds() < enough && s < time.Second
		if !tooSparse && length <= maxSeries*s {
			step = s
			break
		}
	}
	return &seriesAcc{out: Series{Step: step, Good: []uint64{}, Bad: []uint64{}, Unknown: []uint64{}, ByRegion: []RegionSeries{},
		P50: []time.Duration{}, P95: []time.Duration{}, P99: []time.Duration{}}}
}

func (a *seriesAcc) add(s *Sample, good bool) {
	o := &a.out
	for n := min(int(max(0, s.Intended)/o.Step), maxSeries-1) + 1; len(o.Good) < n; {
		a.next()
	}
	last := len(o.Good) - 1
	switch {
	case s.Class == Aborted:
		o.Unknown[last]++
	case !good:
		o.Bad[last]++
	default:
		o.Good[last]++
		a.region(s.Region).Good[last]++
		a.lat.add(s.Latency())
		a.used = true
	}
}

// next ends the step under way and begins another.
func (a *seriesAcc) next() {
	a.close()
	o := &a.out
	o.Good, o.Bad, o.Unknown = append(o.Good, 0), append(o.Bad, 0), append(o.Unknown, 0)
	for i := range o.ByRegion {
		o.ByRegion[i].Good = append(o.ByRegion[i].Good, 0)
	}
}

// close takes the percentiles of the step under way, if there is one.
func (a *seriesAcc) close() {
	o := &a.out
	if len(o.P50) == len(o.Good) {
		return
	}
	p50, p95, p99 := a.lat.quantile(0.5), a.lat.quantile(0.95), a.lat.quantile(0.99)
	o.P50, o.P95, o.P99 = append(o.P50, p50), append(o.P95, p95), append(o.P99, p99)
	if a.used {
		a.lat, a.used = histogram{}, false
	}
}

func (a *seriesAcc) region(name string) *RegionSeries {
	o := &a.out
	for i := range o.ByRegion {
		if o.ByRegion[i].Region == name {
			return &o.ByRegion[i]
		}
	}
	if len(o.ByRegion) >= maxSeriesRegions-1 && name != otherRegions {
		return a.region(otherRegions)
	}
	o.ByRegion = append(o.ByRegion, RegionSeries{name, make([]uint64, len(o.Good))})
	return &o.ByRegion[len(o.ByRegion)-1]
}

// finish gives the series, its regions in the order of the scenario and the rest
// by name; nil when there was no request at all.
func (a *seriesAcc) finish(regions []string) *Series {
	a.close()
	if len(a.out.Good) == 0 {
		return nil
	}
	slices.SortFunc(a.out.ByRegion, func(x, y RegionSeries) int { return byPlace(regions, x.Region, y.Region) })
	return &a.out
}

// byPlace compares by place in a list, and by name where there is none.
func byPlace(list []string, a, b string) int {
	i, j := slices.Index(list, a), slices.Index(list, b)
	switch {
	case i >= 0 && j >= 0:
		return i - j
	case i >= 0:
		return -1
	case j >= 0:
		return 1
	}
	return cmp.Compare(a, b)
}

// length is how long the load lasted, as far as the log knows.
func (m *measurement) length() time.Duration {
	if m.marks.hasEnd {
		return m.marks.end
	}
	var last time.Duration
	for _, e := range m.log.Events {
		last = max(last, e.At)
	}
	return last + m.spec.Load.Timeout
}
