package drill_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// tries are requests of intruders, one every 200 ms with one forgery after the other,
// each with the class that is says; drill.LetIn has the status 200.
func tries(end time.Duration, is func(at time.Duration, f drill.Forgery) drill.Class) []drill.Sample {
	var out []drill.Sample
	all := drill.Forgeries()
	for i := range int(end / (200 * ms)) {
		s := drill.Sample{Route: drill.Intruder, Slot: uint64(i), Intended: time.Duration(i) * 200 * ms, ID: uint64(all[i%len(all)]), Status: 401, Region: "a"}
		s.Start, s.End = s.Intended, s.Intended+ms
		switch s.Class = is(s.Intended, all[i%len(all)]); s.Class {
		case drill.LetIn:
			s.Status = 200
		case drill.HTTP5xx:
			s.Status = 503
		case drill.Timeout:
			s.Status, s.Region, s.End = 0, "", s.Start+sec
		}
		out = append(out, s)
	}
	return out
}

func refused(time.Duration, drill.Forgery) drill.Class { return drill.OK }

func guardedSpec() drill.Spec {
	sp := spec(100, 20)
	sp.Load.IntruderRate, sp.Load.Tokens = 5, true
	sp.Objectives = []drill.Objective{{ID: "intruders-let-in", Metric: drill.MetricLetIn, Op: drill.AtMost, Unit: drill.Count}, {ID: "valid-refused", Metric: drill.MetricRefused, Op: drill.AtMost, Unit: drill.Count}}
	return sp
}

// Whoever is let in is counted, at any time and by any forgery; where nothing can be
// told the drill is inconclusive.
func TestIntrudersLetIn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		is      func(time.Duration, drill.Forgery) drill.Class
		none    bool // nobody asks
		verdict drill.Verdict
		letIn   uint64
		other   map[string]uint64
	}{
		{"all refused", refused, false, drill.Pass, 0, map[string]uint64{}},
		{"one forgery, while the fault lasts", func(at time.Duration, f drill.Forgery) drill.Class {
			if f == drill.Expired && at >= 10*sec && at < 20*sec {
				return drill.LetIn
			}
			return drill.OK
		}, false, drill.Fail, 7, map[string]uint64{}},
		{"one, long before the fault", func(at time.Duration, _ drill.Forgery) drill.Class {
			if at == 2*sec {
				return drill.LetIn
			}
			return drill.OK
		}, false, drill.Fail, 1, map[string]uint64{}},
		{"none answered after the fault", func(at time.Duration, _ drill.Forgery) drill.Class {
			if at >= 9*sec {
				return drill.Timeout
			}
			return drill.OK
		}, false, drill.Inconclusive, 0, map[string]uint64{"timeout": 105}},
		{"nobody served", func(at time.Duration, _ drill.Forgery) drill.Class {
			if at >= 10*sec && at < 20*sec {
				return drill.HTTP5xx
			}
			return drill.OK
		}, false, drill.Pass, 0, map[string]uint64{"http_5xx": 50}},
		{"nobody asks", refused, true, drill.Inconclusive, 0, map[string]uint64{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sp := guardedSpec()
			clients, bad := newModel(1).stream(sp, 30*sec), tries(30*sec, tt.is)
			if tt.none {
				bad = nil
			}
			all := slices.Concat(clients, bad)
			inOrder(all)
			a := measure(t, log(10*sec, 20*sec, 30*sec), all, nil, sp)
			results, _, _ := drill.Judge(sp, a)
			if r := results[0]; r.Verdict != tt.verdict || results[1].Verdict != drill.Pass {
				t.Errorf("%v (%s), want %v; valid refused %v", r.Verdict, r.Reason, tt.verdict, results[1])
			}
			i := a.Intruders
			if i == nil || i.Total.LetIn != tt.letIn || len(i.NotServed) != len(tt.other) {
				t.Fatalf("%+v", i)
			}
			for class, n := range tt.other {
				if i.NotServed[class] != n {
					t.Errorf("%v, want %v", i.NotServed, tt.other)
				}
			}
			if tt.letIn == 7 && (i.First < 10*sec || i.Last >= 20*sec || len(i.By) != len(drill.Forgeries()) || i.By[drill.Expired-1].LetIn != 7 || i.By[drill.Expired-1].Forgery != drill.Expired.String()) {
				t.Errorf("%+v", i)
			}
		})
	}
}

// A forgery of which nothing is known is named: nobody let in is no proof of it.
func TestForgeryThatNobodyTried(t *testing.T) {
	t.Parallel()
	sp := guardedSpec()
	for _, tt := range []struct {
		want string // the end of the note
		is   func(time.Duration, drill.Forgery) drill.Class
		skip drill.Forgery
	}{
		{"", refused, 0},
		{"who came with: expired; whether they are let in is not known", refused, drill.Expired},
		{"who came with: no token; whether they are let in is not known", func(_ time.Duration, f drill.Forgery) drill.Class {
			if f == drill.NoToken {
				return drill.Timeout
			}
			return drill.OK
		}, 0},
	} {
		bad := slices.DeleteFunc(tries(30*sec, tt.is), func(s drill.Sample) bool { return s.ID == uint64(tt.skip) })
		all := slices.Concat(newModel(1).stream(sp, 30*sec), bad)
		inOrder(all)
		notes := strings.Join(measure(t, log(10*sec, 20*sec, 30*sec), all, nil, sp).Notes, "\n")
		if strings.Contains(notes, "no intruder was answered") != (tt.want != "") || !strings.Contains(notes, tt.want) {
			t.Errorf("notes %q, want %q", notes, tt.want)
		}
	}
}

// Nothing that clients get is measured with intruders: with them and without all else
// is the same.
func TestIntrudersAreNoClients(t *testing.T) {
	t.Parallel()
	sp := guardedSpec()
	clients := newModel(3, outage{"refuse", 10 * sec, 14 * sec}).stream(sp, 30*sec)
	worst := func(at time.Duration, f drill.Forgery) drill.Class {
		return drill.Class(1 + int(at/sec+time.Duration(f))%11)
	}
	all := slices.Concat(clients, tries(30*sec, worst))
	inOrder(all)
	l := log(10*sec, 20*sec, 30*sec)
	without, with := measure(t, l, clients, nil, sp), measure(t, l, all, nil, sp)
	if with.Intruders.Total.Asked != 150 || without.Intruders.Total.Asked != 0 {
		t.Fatalf("%+v, %+v", with.Intruders, without.Intruders)
	}
	with.Intruders, without.Intruders = nil, nil
	drop := func(rs []drill.Reading) []drill.Reading {
		return slices.DeleteFunc(rs, func(r drill.Reading) bool { return r.Metric == drill.MetricLetIn })
	}
	with.Readings, without.Readings = drop(with.Readings), drop(without.Readings)
	if a, b := encode(t, with), encode(t, without); a != b {
		t.Errorf("with intruders\n%s\nwithout\n%s", a, b)
	}
}

// Valid tokens that are refused are counted from the fault on, those that had expired
// apart; where clients show none there is no reading.
func TestValidRefused(t *testing.T) {
	t.Parallel()
	sp := guardedSpec()
	ss := newModel(1).stream(sp, 30*sec)
	n, lapsed := 0, 0
	for i := range ss {
		if s := &ss[i]; s.Intended > 12*sec && s.Intended < 13*sec || s.Intended < sec {
			s.Class, s.Status, s.Ack = drill.HTTP4xx, 401, drill.NoWrite
			if s.Route == drill.Write {
				s.Ack = drill.Rejected
			}
			switch {
			case s.Intended > 12*sec && s.Intended < 12*sec+100*ms:
				s.Expired = true
				lapsed++
			case s.Intended > sec:
				n++
			}
		}
	}
	a := measure(t, log(10*sec, 20*sec, 30*sec), ss, nil, sp)
	r := a.Reading(drill.MetricRefused)
	if !r.Known || r.Value != float64(n) || n < 100 {
		t.Errorf("%+v, want %d", r, n)
	}
	if want := fmt.Sprintf("; %d more showed a token that had expired", lapsed); lapsed < 10 || !strings.Contains(r.Clock, want) {
		t.Errorf("%q does not say %q", r.Clock, want)
	}
	for i := range ss {
		ss[i].Expired = true
	}
	if r := measure(t, log(10*sec, 20*sec, 30*sec), ss, nil, sp).Reading(drill.MetricRefused); r.Known {
		t.Errorf("nobody showed a valid token: %+v", r)
	}
	sp.Load.Tokens, sp.Load.IntruderRate = false, 0
	a = measure(t, log(10*sec, 20*sec, 30*sec), ss, nil, sp)
	for _, r := range a.Readings {
		if r.Metric == drill.MetricRefused || r.Metric == drill.MetricLetIn {
			t.Errorf("%+v of a system without tokens", r)
		}
	}
	if a.Intruders != nil {
		t.Errorf("%+v", a.Intruders)
	}
}
