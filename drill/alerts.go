package drill

import (
	"fmt"
	"slices"
	"time"
)

// An AlertReport is what the polls saw of one alert.
type AlertReport struct {
	Alert AlertSpec    `json:"alert"`
	Text  string       `json:"text"` // Name{key="value"}
	Spans []AlertState `json:"spans"`
	// FiredAt and ResolvedAt are the answers of the first poll that saw it fire
	// for the damage, and of the first after which it never fired again.
	FiredAt    *time.Duration `json:"fired_at_ns,omitempty"`
	ResolvedAt *time.Duration `json:"resolved_at_ns,omitempty"`
}

// An AlertState is one state of an alert, from the answer of the first poll that
// saw it to the beginning of the last.
type AlertState struct {
	State string        `json:"state"` // unknown, inactive, pending, suppressed, firing
	From  time.Duration `json:"from_ns"`
	To    time.Duration `json:"to_ns"`
}

// A gap is a time in which the source of alerts did not answer.
type gap struct {
	from, to time.Duration
	why      string
}

// watched is what a log holds of alerts, before judging.
type watched struct {
	spans    map[string][]AlertState // by selector
	gaps     []gap
	last     time.Duration // when the last poll began that was answered
	answered bool
}

// readWatched gathers what the polls saw. What is on the record after the last
// answered poll is not known.
func readWatched(log Log) watched {
	w := watched{spans: map[string][]AlertState{}}
	for _, e := range log.Events {
		switch e.Kind {
		case KindMonitoring:
			w.source(e)
		case KindAlert:
			all := w.spans[e.Subject]
			if last, ok := e.since(); ok && len(all) > 0 {
				all[len(all)-1].To = max(all[len(all)-1].From, last)
			}
			w.spans[e.Subject] = append(all, AlertState{State: e.Data["to"], From: e.At, To: e.At})
			w.last, w.answered = max(w.last, e.At), true
		}
	}
	for name, all := range w.spans {
		end := &all[len(all)-1]
		end.To = max(end.To, w.last)
		w.spans[name] = all
	}
	return w
}

func (w *watched) source(e Event) {
	last, ok := e.since()
	if ok {
		w.last, w.answered = max(w.last, last), true
	}
	open := len(w.gaps) > 0 && w.gaps[len(w.gaps)-1].to == never
	switch e.Data["to"] {
	case SourceSilent:
		if !ok {
			last = 0
		}
		if !open {
			w.gaps = append(w.gaps, gap{from: last, to: never, why: e.Note})
		}
	case SourceAnswers:
		if open {
			w.gaps[len(w.gaps)-1].to = e.At
		}
	}
}

// gapIn is the first gap that overlaps a time, if any does.
func (w *watched) gapIn(from, to time.Duration) (gap, bool) {
	i := slices.IndexFunc(w.gaps, func(g gap) bool { return g.from < to && g.to > from })
	if i < 0 {
		return gap{}, false
	}
	return w.gaps[i], true
}

func (g gap) text() string {
	if g.to == never {
		return fmt.Sprintf("the source of alerts did not answer from %s on%s", seconds(g.from), colon(g.why))
	}
	return fmt.Sprintf("the source of alerts did not answer from %s to %s%s", seconds(g.from), seconds(g.to), colon(g.why))
}

// alerts are the reports of all alerts that the drill watched.
func (m *measurement) alerts() []AlertReport {
	if m.spec.Monitoring == nil {
		return nil
	}
	out := []AlertReport{}
	for _, a := range m.spec.Monitoring.Alerts {
		r := AlertReport{Alert: a, Text: a.Selector(), Spans: append([]AlertState{}, m.watched.spans[a.Selector()]...)}
		if d := m.damageOf(a); d.known {
			if i := r.fired(d.fired); i >= 0 {
				r.FiredAt = &r.Spans[i].From
			}
			if i := r.lastFiring(d.fired); i >= 0 && i+1 < len(r.Spans) {
				r.ResolvedAt = &r.Spans[i+1].From
			}
		}
		out = append(out, r)
	}
	return out
}

// fired is the first time that it fired, begun not before an instant; -1 is never.
func (r AlertReport) fired(since time.Duration) int {
	return slices.IndexFunc(r.Spans, func(s AlertState) bool { return s.State == AlertFiring && s.From >= since })
}

// lastFiring is the last such time.
func (r AlertReport) lastFiring(since time.Duration) int {
	for i, s := range slices.Backward(r.Spans) {
		if s.State == AlertFiring && s.From >= since {
			return i
		}
	}
	return -1
}

// before is what the last poll before an instant saw.
func (r AlertReport) before(at time.Duration) (AlertState, bool) {
	var out AlertState
	found := false
	for _, s := range r.Spans {
		if s.From <= at {
			out, found = s, true
		}
	}
	return out, found
}
