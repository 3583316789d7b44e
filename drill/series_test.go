package drill_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// TestSeriesAgainstBruteForce counts again with lists and a sort.
func TestSeriesAgainstBruteForce(t *testing.T) {
	t.Parallel()
	l, ss, finals, sp := scene(7)
	ss[40].Class, ss[41].Region = drill.Aborted, ""
	s := measure(t, l, ss, finals, sp).Series
	if s.Step != 250*ms {
		t.Fatalf("steps of %v for 120 requests a second", s.Step)
	}
	for i := range s.Good {
		var good, bad, unknown uint64
		var lat []time.Duration
		by := map[string]uint64{}
		for _, x := range ss {
			switch {
			case int(x.Intended/s.Step) != i:
			case x.Class == drill.Aborted:
				unknown++
			case x.Class != drill.OK || x.Latency() > sp.Load.Deadline:
				bad++
			default:
				good++
				by[x.Region]++
				lat = append(lat, x.Latency())
			}
		}
		if s.Good[i] != good || s.Bad[i] != bad || s.Unknown[i] != unknown {
			t.Errorf("step %d: %d good, %d bad, %d unknown; want %d, %d, %d", i, s.Good[i], s.Bad[i], s.Unknown[i], good, bad, unknown)
		}
		for _, r := range s.ByRegion {
			if r.Good[i] != by[r.Region] {
				t.Errorf("step %d: %d of %q, want %d", i, r.Good[i], r.Region, by[r.Region])
			}
		}
		slices.Sort(lat)
		for q, got := range map[float64]time.Duration{0.5: s.P50[i], 0.95: s.P95[i], 0.99: s.P99[i]} {
			want := time.Duration(-1)
			if len(lat) > 0 {
				want = lat[int(math.Ceil(q*float64(len(lat))))-1]
			}
			if got < want || want >= 0 && float64(got-want) > 0.008*float64(want) {
				t.Errorf("step %d: the %v quantile is %v, want %v", i, q, got, want)
			}
		}
	}
}

func TestSeriesIsBounded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		length time.Duration
		rate   float64
		step   time.Duration
	}{
		{8 * sec, 200, 250 * ms}, {8 * sec, 50, 500 * ms}, {8 * sec, 1, sec}, {75 * sec, 200, 250 * ms}, {76 * sec, 200, 500 * ms}, {5 * time.Minute, 10, sec},
		{2 * time.Hour, 10, 30 * sec}, {90 * 24 * time.Hour, 10, 6 * time.Hour},
	} {
		t.Run(fmt.Sprint(c.length, c.rate), func(t *testing.T) {
			sp := spec(c.rate, 0)
			l := log(2*sec, 3*sec, c.length)
			ends := []drill.Sample{{Intended: 0, End: ms}, {Slot: 1, Intended: c.length - 1, Start: c.length - 1, End: c.length}, {Slot: 2, Intended: 400 * 24 * time.Hour}}
			s := measure(t, l, ends, nil, sp).Series
			if s.Step != c.step || len(s.Good) > 300 {
				t.Errorf("%d steps of %v, want steps of %v", len(s.Good), s.Step, c.step)
			}
			if n := sum(s.Good) + sum(s.Bad); n != 3 {
				t.Errorf("%d requests of 3 are in it", n)
			}
			for _, list := range [][]time.Duration{s.P50, s.P95, s.P99} {
				if len(list) != len(s.Good) {
					t.Errorf("%d percentiles for %d steps", len(list), len(s.Good))
				}
			}
		})
	}
}

// TestSeriesWithoutEnd is a log that a crash cut off.
func TestSeriesWithoutEnd(t *testing.T) {
	t.Parallel()
	sp := spec(100, 0)
	l := log(5*sec, 9*sec, 20*sec)
	l.Events = l.Events[:6]
	s := measure(t, l, newModel(3).stream(sp, 20*sec), nil, sp).Series
	if s == nil || sum(s.Good) != 2000 {
		t.Errorf("got %+v, want 2000 good", s)
	}
}

func TestSeriesOfManyRegions(t *testing.T) {
	t.Parallel()
	sp := spec(100, 0)
	sp.Regions = []string{"r39", "r02"}
	ss := newModel(4).stream(sp, 10*sec)
	for i := range ss {
		ss[i].Region = fmt.Sprintf("r%02d", 39-i%40)
	}
	s := measure(t, log(5*sec, 6*sec, 10*sec), ss, nil, sp).Series
	if len(s.ByRegion) != 16 || s.ByRegion[0].Region != "r39" || s.ByRegion[1].Region != "other" {
		t.Fatalf("%d regions, the first %q and %q", len(s.ByRegion), s.ByRegion[0].Region, s.ByRegion[1].Region)
	}
	var all uint64
	for _, r := range s.ByRegion {
		all += sum(r.Good)
	}
	if all != sum(s.Good) {
		t.Errorf("regions add up to %d of %d", all, sum(s.Good))
	}
}

func TestNoSeriesOfNothing(t *testing.T) {
	t.Parallel()
	if s := measure(t, log(5*sec, 6*sec, 10*sec), nil, nil, spec(100, 0)).Series; s != nil {
		t.Errorf("got %+v", s)
	}
}

func sum(list []uint64) (n uint64) {
	for _, x := range list {
		n += x
	}
	return n
}

// TestPeakBurn has a total outage of a minute, as the alert that it trips sees it.
func TestPeakBurn(t *testing.T) {
	t.Parallel()
	sp := spec(50, 0)
	sp.Budget = &drill.BudgetSpec{SLO: 0.999, Window: 30 * 24 * time.Hour}
	ss := newModel(5, outage{"503", 10 * sec, 70 * sec}).stream(sp, 90*sec)
	alert := measure(t, log(10*sec, 70*sec, 90*sec), ss, nil, sp).Budget.Alerts[0]
	if math.Abs(alert.PeakLong-1000*60/3600.) > 0.4 || math.Abs(alert.PeakShort-1000*60/300.) > 4 || !alert.Fired {
		t.Errorf("got %+v, want peaks of 16.7 and 200", alert)
	}
}
