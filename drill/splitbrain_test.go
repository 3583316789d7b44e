package drill_test

import (
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// An ackSpan is one leader's writes: one every 10 ms, each taking 8 ms.
type ackSpan struct {
	leader   string
	epoch    uint64
	from, to time.Duration
}

func acks(spans ...ackSpan) []drill.Sample {
	ss := newModel(1).stream(spec(50, 0), 20*sec)
	id := uint64(0)
	for _, sp := range spans {
		for t := sp.from; t < sp.to; t += 10 * ms {
			id++
			ss = append(ss, drill.Sample{Route: drill.Write, Slot: id, Intended: t, Start: t, End: t + 8*ms, Ack: drill.Acked, ID: id, Leader: sp.leader, Epoch: sp.epoch, Status: 201})
		}
	}
	return ss
}

func TestSplitBrain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		spans []ackSpan
		want  time.Duration
		blind bool
	}{
		{"one leader", []ackSpan{{"a", 1, 0, 20 * sec}}, 0, false},
		{"failover", []ackSpan{{"a", 1, 0, 8 * sec}, {"b", 2, 9 * sec, 20 * sec}}, 0, false},
		{"answers under way at the change", []ackSpan{{"a", 1, 0, 8 * sec}, {"b", 2, 7994 * ms, 20 * sec}}, 0, false},
		{"there and back", []ackSpan{{"a", 1, 0, 8 * sec}, {"b", 2, 9 * sec, 12 * sec}, {"a", 3, 13 * sec, 20 * sec}}, 0, false},
		{"isolated primary goes on", []ackSpan{{"a", 1, 0, 11 * sec}, {"b", 2, 9 * sec, 20 * sec}}, 1982 * ms, false},
		{"a single stray acknowledgement", []ackSpan{{"a", 1, 0, 10 * sec}, {"b", 2, 9 * sec, 9*sec + ms}}, 982 * ms, false},
		{"two of one epoch", []ackSpan{{"a", 1, 0, 12 * sec}, {"b", 1, 10 * sec, 20 * sec}}, 1982 * ms, false},
		{"no epochs", []ackSpan{{"a", 0, 0, 12 * sec}, {"b", 0, 10 * sec, 20 * sec}}, 0, true},
	} {
		sp := spec(50, 100)
		ss := acks(c.spans...)
		inOrder(ss)
		full := [][2]uint64{{1, 1 << 30}}
		finals := []drill.FinalRead{{Source: "gateway", Stable: true, Ranges: full}, {Source: "b", Stable: true, Ranges: full}}
		r := measure(t, log(8*sec, 12*sec, 21*sec), ss, finals, sp).Reading(drill.MetricSplitBrain)
		if r.Known == c.blind || r.Value != c.want.Seconds() {
			t.Errorf("%s: %+v, want %v", c.name, r, c.want)
		}
	}
}

// TestStaleness reads one record again and again: only misses that are disproved
// are stale reads.
func TestStaleness(t *testing.T) {
	t.Parallel()
	type look struct {
		after   time.Duration // of the acknowledgement
		missing bool
	}
	for _, c := range []struct {
		name  string
		looks []look
		final bool
		reads uint64
		worst time.Duration
	}{
		{"seen at once", []look{{5 * ms, false}}, true, 0, 0},
		{"missed, then seen, then lost", []look{{5 * ms, true}, {40 * ms, true}, {60 * ms, false}}, false, 2, 40 * ms},
		{"missed, never seen, but there in the end", []look{{70 * ms, true}}, true, 1, 70 * ms},
		{"missed because it is lost", []look{{70 * ms, true}}, false, 0, 0},
		{"begun before the acknowledgement", []look{{-ms, true}, {5 * ms, false}}, true, 0, 0},
		{"seen, then missed, then lost", []look{{5 * ms, false}, {70 * ms, true}}, false, 0, 0},
	} {
		w := drill.Sample{Route: drill.Write, Intended: 3 * sec, Start: 3 * sec, End: 3*sec + 10*ms, ID: 1, Ack: drill.Acked, Status: 201}
		ss := []drill.Sample{w}
		for i, l := range c.looks {
			s := w.End + l.after
			ss = append(ss, drill.Sample{Slot: uint64(i), Intended: s, Start: s, End: s + ms, ID: 1, Missing: l.missing, Status: 200})
		}
		inOrder(ss)
		f := drill.FinalRead{Source: "gateway", Stable: true}
		if c.final {
			f.Ranges = [][2]uint64{{1, 1}}
		}
		b := f
		b.Source = "b"
		l := measure(t, log(8*sec, 9*sec, 20*sec), ss, []drill.FinalRead{f, b}, spec(100, 1)).Ledger
		if l.StaleReads != c.reads || l.StaleMax != c.worst {
			t.Errorf("%s: %d stale reads, worst %v, want %d and %v", c.name, l.StaleReads, l.StaleMax, c.reads, c.worst)
		}
	}
}
