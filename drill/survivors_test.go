package drill_test

import (
	"strings"
	"testing"

	"github.com/drillctl/drillctl/drill"
)

// TestWhatSurvivorsHeld compares writes with what the survivors held while the
// region was away, and with what is there in the end.
func TestWhatSurvivorsHeld(t *testing.T) {
	t.Parallel()
	sp := spec(50, 50)
	ss := newModel(1).stream(sp, 18*sec)
	var last, n uint64 // acknowledged before the survivors were asked, and at all
	for i := range ss {
		if s := &ss[i]; s.Route == drill.Write {
			if s.ID == 20 || s.ID == 21 {
				s.Ack, s.Class = drill.Indeterminate, drill.Timeout
			}
			if n = max(n, s.ID); s.End <= 11*sec {
				last = max(last, s.ID)
			}
		}
	}
	const from, to = 351, 360 // acknowledged a second before the fault
	read := func(when, source string, r ...[2]uint64) drill.FinalRead {
		f := drill.FinalRead{When: when, Source: source, At: 20 * sec, Ranges: r, Stable: true}
		if when == drill.ReadSurvivors {
			f.At, f.UpTo = 11*sec, last+3
		}
		return f
	}
	sick := read(drill.ReadSurvivors, "c")
	sick.Err = "refused"
	end := []drill.FinalRead{read(drill.ReadSettled, "gateway", [2]uint64{1, n}), read(drill.ReadSettled, "b", [2]uint64{1, n})}
	survivors := []drill.FinalRead{ // between them all but from..to, and 20
		read(drill.ReadSurvivors, "b", [2]uint64{1, 19}, [2]uint64{21, from - 1}), read(drill.ReadSurvivors, "c", [2]uint64{to + 1, last})}
	erased := []drill.FinalRead{read(drill.ReadSettled, "gateway", [2]uint64{1, 99}, [2]uint64{105, n}), read(drill.ReadSettled, "b", [2]uint64{1, n})}
	later := []drill.FinalRead{read(drill.ReadAfterFailback, "gateway", [2]uint64{1, n - 4}), read(drill.ReadAfterFailback, "b", [2]uint64{1, n})}
	for i := range later {
		later[i].At = 25 * sec
	}
	for _, c := range []struct {
		name                                   string
		finals                                 [][]drill.FinalRead
		unavailable, erased, resurrected, lost uint64
		read                                   bool
	}{
		{"nobody asked them", [][]drill.FinalRead{end}, 0, 0, 0, 0, false},
		{"until it returned", [][]drill.FinalRead{survivors, end}, to - from + 1, 0, 1, 0, true},
		{"asked twice", [][]drill.FinalRead{survivors, survivors, end}, to - from + 1, 0, 1, 0, true},
		{"one could not be asked", [][]drill.FinalRead{{survivors[0], sick}, end}, 0, 0, 0, 0, false},
		{"erased", [][]drill.FinalRead{survivors, erased}, to - from + 1, 5, 1, 5, true},
		{"erased by the return", [][]drill.FinalRead{end, later}, 0, 4, 0, 4, false},
	} {
		var finals []drill.FinalRead
		for _, f := range c.finals {
			finals = append(finals, f...)
		}
		l := measure(t, log(8*sec, 12*sec, 20*sec), ss, finals, sp).Ledger
		if !l.Known || l.Unavailable != c.unavailable || l.Erased != c.erased || l.Resurrected != c.resurrected || l.Lost != c.lost || l.SurvivorsRead != c.read {
			t.Errorf("%s: %d unavailable, %d erased, %d resurrected, %d lost, survivors read %v; want %+v", c.name, l.Unavailable, l.Erased, l.Resurrected, l.Lost, l.SurvivorsRead, c)
		}
		if c.unavailable > 0 && (l.UnavailableReach < 500*ms || l.UnavailableReach > 1100*ms) {
			t.Errorf("%s: reach %v", c.name, l.UnavailableReach)
		}
		if told := strings.Contains(strings.Join(l.Disagreement, ";"), "the copy in c was not read while the region was away"); told != (c.name == "one could not be asked") {
			t.Errorf("%s: %q", c.name, l.Disagreement)
		}
	}
	only := measure(t, log(8*sec, 12*sec, 20*sec), ss, survivors, sp).Ledger
	if only.Known || !strings.Contains(only.Why, "never read back in the end") {
		t.Errorf("survivors alone: %+v", only.Why)
	}
}
