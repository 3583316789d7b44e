package drill_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// A modelStore says what becomes of writes, and counts the truth.
type modelStore struct {
	rng     *rand.Rand
	fault   time.Duration
	present map[uint64]bool
	dups    []uint64
	strange []uint64
	want    drill.LedgerReport
	oldest  time.Duration // of the lost ones acknowledged before the fault
	newest  time.Duration // survivor before the fault
	post    time.Duration // newest lost one
	ids     []uint64
}

// write draws the fate of one write: what is answered and what is kept are two
// things.
func (m *modelStore) write(s *drill.Sample) {
	kept := m.rng.IntN(10) > 0
	switch m.rng.IntN(8) {
	case 0:
		s.Ack = drill.Rejected
		m.want.Rejected++
		if kept = m.rng.IntN(20) == 0; kept {
			m.want.RejectedPresent++
		}
	case 1:
		s.Ack, s.Class = drill.Indeterminate, drill.Timeout
		s.End = s.Start + sec
		m.indeterminate(kept)
	case 2:
		s.Ack, s.Class = drill.Indeterminate, drill.Aborted
		m.indeterminate(kept)
	default:
		s.Ack = drill.Acked
		m.acked(s, kept)
	}
	m.present[s.ID] = kept
	m.want.Attempted++
	if kept && m.rng.IntN(30) == 0 {
		m.dups = append(m.dups, s.ID)
		m.want.Duplicated++
	}
}

func (m *modelStore) indeterminate(kept bool) {
	m.want.Indeterminate++
	if kept {
		m.want.Recovered++
	} else {
		m.want.Absent++
	}
}

func (m *modelStore) acked(s *drill.Sample, kept bool) {
	m.want.Acked++
	if kept {
		if s.End <= m.fault {
			m.newest = max(m.newest, s.End)
		}
		return
	}
	m.want.Lost++
	m.ids = append(m.ids, s.ID)
	if s.End <= m.fault && (m.oldest == 0 || s.End < m.oldest) {
		m.oldest = s.End
	}
	m.post = max(m.post, s.End-m.fault)
}

func (m *modelStore) read(when, source string, at time.Duration) drill.FinalRead {
	f := drill.FinalRead{When: when, Source: source, Round: 2, At: at, Stable: true, Duplicates: m.dups, Unexpected: m.strange}
	for id, there := range m.present {
		if there {
			f.Ranges = append(f.Ranges, [2]uint64{id, id})
		}
	}
	return f
}

func TestEveryClassOfWritesIsCountedExactly(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		m := &modelStore{rng: rand.New(rand.NewPCG(seed, 2)), fault: 8 * sec, present: map[uint64]bool{}}
		sp := spec(20, 30+float64(seed)*7)
		ss := newModel(seed).stream(sp, 15*sec)
		for i := range ss {
			if ss[i].Route == drill.Write {
				m.write(&ss[i])
			}
		}
		m.strange, m.want.Unexpected = []uint64{1 << 40}, 1
		finals := []drill.FinalRead{m.read("settled", "a", 20*sec), m.read("settled", "gateway", 20*sec)}
		a := measure(t, log(8*sec, 10*sec, 21*sec), ss, finals, sp)
		got := *a.Ledger
		checkClasses(t, seed, got, m)
	}
}

func checkClasses(t *testing.T, seed uint64, got drill.LedgerReport, m *modelStore) {
	t.Helper()
	if !got.Known {
		t.Fatal(got.Why)
	}
	for _, c := range []struct {
		name      string
		got, want uint64
	}{
		{"attempted", got.Attempted, m.want.Attempted}, {"acked", got.Acked, m.want.Acked}, {"rejected", got.Rejected, m.want.Rejected},
		{"indeterminate", got.Indeterminate, m.want.Indeterminate}, {"lost", got.Lost, m.want.Lost}, {"recovered", got.Recovered, m.want.Recovered},
		{"absent", got.Absent, m.want.Absent}, {"rejected but present", got.RejectedPresent, m.want.RejectedPresent},
		{"unexpected", got.Unexpected, m.want.Unexpected}, {"duplicated", got.Duplicated, m.want.Duplicated},
	} {
		if c.got != c.want {
			t.Errorf("seed %d: %d %s, want %d", seed, c.got, c.name, c.want)
		}
	}
	slices.Sort(m.ids)
	if want := m.ids[:min(100, len(m.ids))]; !slices.Equal(got.LostIDs, want) {
		t.Errorf("seed %d: lost ids %v, want %v", seed, got.LostIDs, want)
	}
	// t_F is the fault or the first timeout of the random fates just before it.
	if f := got.RPA + m.oldest; f > m.fault || f < m.fault-2*sec {
		t.Errorf("seed %d: RPA %v from the oldest at %v, fault at %v", seed, got.RPA, m.oldest, m.fault)
	}
	if got.PostFaultLoss < m.post || !got.Holes {
		t.Errorf("seed %d: post-fault loss %v, want %v; holes %v", seed, got.PostFaultLoss, m.post, got.Holes)
	}
}

// lostAt measures one drill that loses the writes acknowledged in a span.
func lostAt(t *testing.T, from, to time.Duration) drill.Analysis {
	t.Helper()
	sp := spec(100, 100)
	ss := newModel(3, outage{"refuse", 8 * sec, 10 * sec}).stream(sp, 20*sec)
	f := drill.FinalRead{When: "settled", Source: "gateway", Stable: true, At: 22 * sec}
	for _, s := range ss {
		if s.Route == drill.Write && s.Ack == drill.Acked && (s.End < from || s.End > to) {
			f.Ranges = append(f.Ranges, [2]uint64{s.ID, s.ID})
		}
	}
	b := f
	b.Source = "b"
	return measure(t, log(8*sec, 12*sec, 23*sec), ss, []drill.FinalRead{b, f}, sp)
}

func TestRecoveryPoint(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		from, to time.Duration
		rpa      float64
		gap      time.Duration
		post     time.Duration
		holes    bool
	}{
		{"nothing", 0, 0, 0, 0, 0, false},
		{"lag", 7 * sec, 9 * sec, 1, sec, 0, false},
		{"hole", 5 * sec, 6 * sec, 3, 0, 0, true},
		{"after the outage began", 10 * sec, 11 * sec, 3, 0, 3 * sec, false},
	} {
		a := lostAt(t, c.from, c.to)
		l, r := a.Ledger, a.Reading(drill.MetricRPA)
		near := func(got, want time.Duration) bool { return (got - want).Abs() <= 25*ms }
		if d := r.Value - c.rpa; d > 0.02 || d < -0.02 || r.Low > c.rpa || r.High < c.rpa {
			t.Errorf("%s: RPA %+v, want %v", c.name, r, c.rpa)
		}
		if !near(l.NewestSurvivorGap, c.gap) || !near(l.PostFaultLoss, c.post) || l.Holes != c.holes {
			t.Errorf("%s: gap %v, post-fault %v, holes %v", c.name, l.NewestSurvivorGap, l.PostFaultLoss, l.Holes)
		}
		if (l.LossUpperBound > 0) != (l.Lost == 0) || c.post > 0 && r.High < 2.9 {
			t.Errorf("%s: %d lost, bound %v, RPA %+v", c.name, l.Lost, l.LossUpperBound, r)
		}
	}
}

func TestLedgerNeverRead(t *testing.T) {
	t.Parallel()
	ok := drill.FinalRead{When: "settled", Source: "gateway", Stable: true, Ranges: [][2]uint64{{1, 1 << 20}}, At: 20 * sec}
	region, late := ok, ok
	region.Source = "b"
	unstable, failed := ok, ok
	unstable.Stable, failed.Err = false, "connection refused"
	late.When, late.At, late.Stable = "after-failback", 30*sec, false
	for _, c := range []struct {
		name   string
		finals []drill.FinalRead
		why    string
	}{
		{"none", nil, "never read back"}, {"no gateway", []drill.FinalRead{region}, "through the gateway"},
		{"unstable", []drill.FinalRead{region, unstable}, "through the gateway"}, {"failed", []drill.FinalRead{failed, region}, "through the gateway"},
		{"no survivor", []drill.FinalRead{ok}, "no survivor"}, {"not after fail-back", []drill.FinalRead{ok, region, late}, "through the gateway"},
	} {
		sp := spec(50, 50)
		sp.Objectives = []drill.Objective{{ID: "lost-writes", Metric: drill.MetricLostWrites, Op: drill.AtMost}}
		a := measure(t, log(8*sec, 9*sec, 20*sec), newModel(1).stream(sp, 18*sec), c.finals, sp)
		r := a.Reading(drill.MetricLostWrites)
		_, v, reason := drill.Judge(sp, a)
		if r.Known || v != drill.Inconclusive || !strings.Contains(reason, c.why) {
			t.Errorf("%s: %+v, %v %q", c.name, r, v, reason)
		}
	}
}

func TestResurrectedAndDisagreeing(t *testing.T) {
	t.Parallel()
	sp := spec(50, 50)
	ss := newModel(1).stream(sp, 18*sec)
	n := uint64(0)
	for _, s := range ss {
		n = max(n, s.ID)
	}
	read := func(when, source string, at time.Duration, r ...[2]uint64) drill.FinalRead {
		return drill.FinalRead{When: when, Source: source, At: at, Ranges: r, Stable: true}
	}
	a := measure(t, log(8*sec, 9*sec, 20*sec), ss, []drill.FinalRead{
		read("settled", "gateway", 20*sec, [2]uint64{1, 99}, [2]uint64{103, n}), read("settled", "a", 20*sec, [2]uint64{1, n}),
		read("after-failback", "gateway", 25*sec, [2]uint64{200, n}, [2]uint64{1, 198}), read("after-failback", "a", 25*sec, [2]uint64{1, n}),
		{When: "after-failback", Source: "b", At: 25 * sec, Err: "refused"},
	}, sp)
	l := a.Ledger
	if l.Resurrected != 3 || l.Lost != 1 || !slices.Equal(l.LostIDs, []uint64{199}) || len(l.Disagreement) != 2 {
		t.Errorf("%d resurrected, lost %v, %q", l.Resurrected, l.LostIDs, l.Disagreement)
	}
}
