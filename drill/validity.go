package drill

import (
	"fmt"
	"time"
)

// slowestStep is the widest grid: the resolution of a reading over all routes.
func (m *measurement) slowestStep() time.Duration { return m.watch.slowestStep() }

func (w watches) slowestStep() time.Duration { return max(w[Read].step, w[Write].step) }

// invalids gathers what spoils a run.
type invalids []Invalidity

func (v *invalids) add(code, format string, args ...any) {
	*v = append(*v, Invalidity{Code: code, Text: fmt.Sprintf(format, args...)})
}

func (m *measurement) invalid(a Analysis) []Invalidity {
	out := invalids{}
	m.noLoad(&out)
	m.precondition(&out, a)
	for _, f := range a.Faults {
		switch {
		case !m.marks.hasFault:
		case !f.IsInForce:
			out.add("no-effect", "%s: %s was never proved in force%s", f.Step.ID, f.Step.Fault, colon(f.Problem))
		case !f.IsGone:
			out.add("not-gone", "%s: %s was never proved gone%s", f.Step.ID, f.Step.Fault, colon(f.Problem))
		}
		m.unseen(&out, f)
	}
	for _, s := range a.Load.Streams {
		if s.Saturated {
			out.add(Saturated, "the load generator could not keep its grid of %ss: %s", s.Route, s.SaturatedWhy)
			out[len(out)-1].Route = s.Route
		}
	}
	if a.Ledger != nil && !a.Ledger.Known {
		out.add("never-read", "%s", a.Ledger.Why)
	}
	for _, e := range m.log.Events {
		switch e.Kind {
		case KindFaultLost:
			out.add("fault-lost", "%s was not in force to its end%s", e.Step, colon(e.Note))
		case KindActionFailed:
			out.add("action-failed", "%s did not do what it should%s", e.Step, colon(e.Note))
		case KindAbort:
			if !e.wanted(m.spec) {
				out.add("aborted", "the drill was aborted%s", colon(e.Note))
			}
		case KindInterrupt:
			out.add("interrupted", "the drill was interrupted%s", colon(e.Note))
		}
	}
	m.unfinished(&out)
	return out
}

// noLoad asks whether requests could have seen the damage at all: no traffic is
// not the same as no errors.
func (m *measurement) noLoad(out *invalids) {
	if m.answered == 0 {
		out.add("no-load", "no request ever got an answer: the load never reached the system")
		return
	}
	if !m.marks.damaged {
		return
	}
	for _, w := range m.watch {
		slack := max(2*time.Second, 3*w.step)
		switch {
		case w.rate <= 0:
		case w.n == 0 || w.last < m.marks.injected:
			out.add("no-load", "no %s was sent after the fault was in force", w.route)
		case m.marks.hasSettle && w.last < m.marks.settle-slack:
			out.add("no-load", "the last %s was sent %s before the faults were over", w.route, seconds(m.marks.settle-w.last))
		}
	}
}

// unfinished tells a run that was cut off, as SIGKILL does: what is missing may be
// what matters.
func (m *measurement) unfinished(out *invalids) {
	if m.torn {
		out.add("torn", "the samples end in the middle: the run was cut off, and what came after is not known")
	}
	for _, why := range m.log.Torn {
		out.add("torn", "%s", why)
	}
	if m.marks.hasFault && !m.marks.hasEnd {
		out.add("unfinished", "the log has no end: the run was cut off before the load had ended")
	}
}

func (m *measurement) precondition(out *invalids, a Analysis) {
	if !m.marks.hasFault {
		out.add("precondition", "the system was not steady before the drill; nothing was injected")
		return
	}
	for _, p := range a.Phases {
		if n := p.Good + p.bad(); p.Name == PhaseSteady && (n == 0 || float64(p.Good) < m.spec.Steady.Success*float64(n)) {
			out.add("precondition", "%d of %d requests of the steady phase were good, wanted %.4g %%", p.Good, n, 100*m.spec.Steady.Success)
		}
	}
}

func colon(s string) string {
	if s == "" {
		return ""
	}
	return ": " + s
}
