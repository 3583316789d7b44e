package drill

import (
	"fmt"
	"time"
)

func (m *measurement) load(phases []PhaseStats) LoadReport {
	l := LoadReport{Spec: m.spec.Load}
	for _, p := range phases {
		l.Planned += p.Planned
		l.Sent += p.Sent
		l.Skipped += p.Skipped
	}
	l.LatenessP99, l.LatenessMax = max(0, m.late.quantile(0.99)), max(0, m.late.max())
	l.BaselineL = m.watch[Read].base
	step := m.slowestStep()
	l.Resolution = step + l.BaselineL
	switch {
	case l.LatenessP99 > step:
		l.SaturatedWhy = fmt.Sprintf("1 %% of requests started more than %s late, a slot is %s", l.LatenessP99, step)
	case l.LatenessMax > max(5*step, 250*time.Millisecond):
		l.SaturatedWhy = fmt.Sprintf("a request started %s late", l.LatenessMax)
	case l.Planned > 0 && float64(l.Skipped) > 0.01*float64(l.Planned):
		l.SaturatedWhy = fmt.Sprintf("%d of %d slots were skipped", l.Skipped, l.Planned)
	}
	l.Saturated = l.SaturatedWhy != ""
	return l
}

// slowestStep is the widest grid: the resolution of a reading over all routes.
func (m *measurement) slowestStep() time.Duration {
	return max(m.watch[Read].step, m.watch[Write].step)
}

// invalids gathers what spoils a run.
type invalids []Invalidity

func (v *invalids) add(code, format string, args ...any) {
	*v = append(*v, Invalidity{code, fmt.Sprintf(format, args...)})
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
	}
	if a.Load.Saturated {
		out.add(Saturated, "the load generator could not keep its grid: %s", a.Load.SaturatedWhy)
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
			out.add("aborted", "the drill was aborted%s", colon(e.Note))
		case KindInterrupt:
			out.add("interrupted", "the drill was interrupted%s", colon(e.Note))
		}
	}
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
