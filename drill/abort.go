package drill

import (
	"slices"
	"time"
)

// ByGuard is Data["by"] of an abort that the guard (abort-if) decided, and not
// a load that died or an operator who did not confirm.
const ByGuard = "guard"

// WantsAbort says that the drill is one of aborting: the guard has to end its
// damage, after which the drill goes on until it has settled.
func (s Spec) WantsAbort() bool { return s.asks(MetricAbort) }

func (s Spec) asks(metric string) bool {
	return slices.ContainsFunc(s.Objectives, func(o Objective) bool { return o.Metric == metric })
}

// wanted says that an abort is what the drill was for.
func (e Event) wanted(spec Spec) bool {
	return e.Kind == KindAbort && e.Data["by"] == ByGuard && spec.WantsAbort()
}

// aborts is how long clients bore damage that the guard had to end; none where
// nobody asks.
func (m *measurement) aborts(a Analysis) []Reading {
	if !m.spec.WantsAbort() {
		return nil
	}
	gone, proved := m.lastGone()
	i := m.aborted()
	switch o, seen := m.abortedOutage(a, i); {
	case !m.marks.damaged:
		return []Reading{unknown(MetricAbort, Seconds, "no fault was proved in force")}
	case gone == never:
		return []Reading{unknown(MetricAbort, Seconds, "not all damage was proved gone")}
	case !seen:
		return []Reading{unknown(MetricAbort, Seconds, "clients saw no outage: there was nothing to abort")}
	case i < 0:
		r := exact(MetricAbort, Seconds, max(0, gone-o.Start).Seconds(), "start of the outage (t_A) to the damage's own end: nobody aborted it")
		r.Censored = true
		return []Reading{r}
	default:
		r := known(MetricAbort, Seconds, (gone - o.Start).Seconds(), (gone - o.StartHigh).Seconds(), (proved - o.StartLow).Seconds(),
			"start of the outage (t_A) to all damage gone, by an abort")
		r.From = []uint64{m.log.Events[i].Seq}
		return []Reading{r}
	}
}

// aborted finds the event by which the guard ended damage that was in force, or
// is -1.
func (m *measurement) aborted() int {
	gone, _ := m.lastGone()
	return slices.IndexFunc(m.log.Events, func(e Event) bool { return e.wanted(m.spec) && e.At <= gone })
}

// lastGone is when the last damage was gone, and when that had been proved; never
// if some was not.
func (m *measurement) lastGone() (gone, proved time.Duration) {
	for _, f := range m.marks.faults {
		if f.IsInForce {
			gone = max(gone, f.goneAt())
		}
	}
	if gone == never {
		return never, never
	}
	for _, e := range m.log.Events {
		if e.Kind == KindFaultReverted {
			proved = max(proved, e.At+e.Took)
		}
	}
	return gone, max(gone, proved)
}

// abortedOutage is the outage that the guard ended, which event i tells of; without
// one, the first.
func (m *measurement) abortedOutage(a Analysis, i int) (o Incident, seen bool) {
	for _, x := range m.only(a.Outages) {
		if i >= 0 && x.Start > m.log.Events[i].At {
			break
		}
		if i >= 0 || !seen {
			o, seen = x, true
		}
	}
	return o, seen
}
