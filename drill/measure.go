package drill

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"
)

// Measure takes everything that follows from a log in one pass over its samples,
// which must come in order of their intended starts. It does no I/O and reads no
// clock: the same input gives the same Analysis, bit for bit, whatever the order
// of equal times. A sequence that ends with ErrTorn is measured as far as it goes
// and makes the run inconclusive; any other error is the sequence's own, or says
// what is wrong with it.
func Measure(log Log, seq iter.Seq2[Sample, error], finals []FinalRead, spec Spec) (Analysis, error) {
	m := newMeasurement(log, spec)
	var same []Sample // samples of one intended start
	for s, err := range seq {
		if m.torn = errors.Is(err, ErrTorn); m.torn {
			break
		}
		switch {
		case err != nil:
			return Analysis{}, fmt.Errorf("samples: %w", err)
		case s.Route >= numRoutes:
			return Analysis{}, fmt.Errorf("samples: route %d is unknown", s.Route)
		case len(same) > 0 && s.Intended < same[0].Intended:
			return Analysis{}, fmt.Errorf("samples: one at %s came after one at %s", s.Intended, same[0].Intended)
		case len(same) > 0 && s.Intended > same[0].Intended:
			m.addAll(same)
			same = same[:0]
		}
		same = append(same, s)
	}
	m.addAll(same)
	return m.finish(finals), nil
}

func (m *measurement) addAll(same []Sample) {
	if len(same) > 1 {
		slices.SortFunc(same, Compare)
	}
	for i := range same {
		m.add(&same[i])
	}
}

// Compare orders samples by intended start and then by all that tells them
// apart, so that one set of samples has one order.
func Compare(a, b Sample) int {
	return cmp.Or(cmp.Compare(a.Intended, b.Intended), cmp.Compare(a.Route, b.Route), cmp.Compare(a.Slot, b.Slot),
		cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), cmp.Compare(a.Class, b.Class), cmp.Compare(a.Status, b.Status),
		cmp.Compare(a.Ack, b.Ack), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.Region, b.Region),
		cmp.Compare(a.Instance, b.Instance), cmp.Compare(a.Leader, b.Leader), cmp.Compare(a.Origin, b.Origin), cmpBool(a.Missing, b.Missing), cmpBool(a.Reused, b.Reused), cmpBool(a.Expired, b.Expired))
}

func cmpBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// A measurement is one pass on its way.
type measurement struct {
	log     Log
	spec    Spec
	marks   marks
	phases  []*phaseAcc
	watch   watches
	slots   [numCritical]uint64 // the newest slot + 1; 0 is none
	base    histogram           // latency of good requests of the steady phase
	streams [numCritical]stream
	bins    *bins
	series  *seriesAcc
	ledger  ledger
	watched watched
	gate    gateAcc
	limit   limitAcc

	torn        bool
	shifts      shifts
	origins     []*origin
	answered    uint64
	counted     // those that the damage could touch
	lastAt      time.Duration
	baselineSet bool
}

func newMeasurement(log Log, spec Spec) *measurement {
	m := &measurement{log: log, spec: spec, marks: readMarks(log, spec), watched: readWatched(log), bins: newBins()}
	m.phases, m.shifts = m.marks.phases(), newShifts(m.marks)
	m.ledger.entryOnly = spec.Load.EntryOnly
	m.series = newSeriesAcc(m.length(), m.offered())
	m.watch[Read] = newWatch(Read.String(), spec.Load.ReadRate, spec)
	m.watch[Write] = newWatch(Write.String(), spec.Load.WriteRate, spec)
	for _, w := range m.watch {
		w.blip.from = m.marks.damage
	}
	m.origins = newOrigins(spec, m.marks.damage, m.phases)
	return m
}

// isGood is an expected status, in time.
func (m *measurement) isGood(s *Sample) bool {
	return s.Class == OK && s.Latency() <= m.spec.Load.Deadline
}

func (m *measurement) add(s *Sample) {
	m.gate.add(s, &m.marks)
	m.limit.add(s, &m.marks)
	if s.Route == Intruder {
		return
	}
	m.ledger.add(s)
	m.series.add(s, m.isGood(s))
	if s.Status > 0 || s.Region != "" {
		m.answered++
	}
	slots := m.skipped(s)
	if !m.marks.hasSteady || s.Intended < m.marks.steady {
		return
	}
	m.lastAt = max(m.lastAt, s.Intended)
	good, from := m.isGood(s), m.originOf(s)
	for _, p := range m.phases {
		if s.Intended >= p.stats.Start && s.Intended < p.stats.End {
			p.add(s, good, slots)
			m.streams[s.Route].add(s, slots)
		}
	}
	m.count(s, good, slots-1)
	from.phase(s, good)
	if s.Class == Aborted {
		return
	}
	m.bins.add(*s, good)
	m.shifts.add(s, good, &m.marks)
	m.baseline(s, good, from)
	m.watch[s.Route].add(*s, good)
	from.follow(s, good)
}

// skipped is how many slots of the route's grid a sample stands for: its own and
// those skipped before it.
func (m *measurement) skipped(s *Sample) uint64 {
	was := m.slots[s.Route]
	m.slots[s.Route] = max(was, s.Slot+1)
	if was == 0 || s.Slot < was {
		return 1
	}
	return s.Slot + 1 - was
}

func (m *measurement) baseline(s *Sample, good bool, from *origin) {
	switch {
	case m.baselineSet:
	case m.marks.hasFault && s.Intended >= m.marks.fault:
		m.setBaseline()
	case good:
		m.base.add(s.Latency())
		from.latency(s)
	}
}

func (m *measurement) setBaseline() {
	m.baselineSet = true
	l := max(0, m.base.quantile(0.99))
	m.watch[Read].base, m.watch[Write].base = l, l
	for _, o := range m.origins {
		o.setBaseline(l)
	}
}

// count adds to the totals that availability and EED are made of. A request that
// was under way when the damage came counts too. Nobody knows what skipped slots
// would have met.
func (m *measurement) count(s *Sample, good bool, skipped uint64) {
	if !m.marks.damaged || s.Intended < m.marks.damage && s.End < m.marks.damage {
		return
	}
	m.counted.add(s, good)
	m.unkn += skipped
	for _, o := range m.origins {
		if o.spec.Region == s.Origin {
			o.counted.add(s, good)
		}
		o.unkn += skipped // any of them may have been its own
	}
}
