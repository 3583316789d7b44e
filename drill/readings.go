package drill

import (
	"fmt"
	"math"
	"strings"
	"time"
)

func (m *measurement) finish(finals []FinalRead) Analysis {
	if !m.baselineSet {
		m.setBaseline()
	}
	var a Analysis
	a.Faults = m.marks.faults
	for _, p := range m.phases {
		a.Phases = append(a.Phases, p.finish())
	}
	a.Load = m.load(a.Phases)
	for _, w := range m.watch {
		a.Incidents = append(a.Incidents, w.finish()...)
	}
	for i := range a.Incidents {
		a.Incidents[i].Cause = m.cause(a.Incidents[i].Start)
	}
	a.Regions = regionShares(a.Phases)
	a.Detections = m.detections()
	if m.spec.Load.WriteRate > 0 {
		a.Ledger = m.ledger.reconcile(finals, m.tF(a.Incidents), m.firstInForce >= 0, m.spec.Load.WriteRate)
	}
	a.Invalid = m.invalid(a)
	a.Budget = m.budget(a)
	a.Readings = m.readings(a)
	a.Notes = m.notes(a)
	return a
}

// tF is the instant from which loss counts: the start of the outage, or of the
// damage when clients saw none.
func (m *measurement) tF(incidents []Incident) time.Duration {
	t := m.firstInForce
	for _, i := range incidents {
		if t >= 0 && i.Start >= t-m.marks.lagAllowance() && (t == m.firstInForce || i.Start < t) {
			t = max(t, i.Start)
		}
	}
	return t
}

// lagAllowance is how far before the stamped effect a client may have noticed.
func (m marks) lagAllowance() time.Duration { return 2 * time.Second }

func (m *measurement) cause(at time.Duration) string {
	for _, f := range m.marks.faults {
		until := f.Gone
		if !f.IsGone {
			until = 1<<62 - 1
		}
		if f.IsFired && at >= f.Fired-m.marks.lagAllowance() && at <= until {
			return f.Step.ID
		}
	}
	return ""
}

func regionShares(phases []PhaseStats) []RegionShare {
	by := map[string]*RegionShare{}
	for _, p := range phases {
		for r, n := range p.ByRegion {
			if by[r] == nil {
				by[r] = &RegionShare{Region: r, ByPhase: map[string]uint64{}}
			}
			by[r].ByPhase[p.Name] += n
			by[r].Total += n
		}
	}
	out := []RegionShare{}
	for _, r := range sortedKeys(by) {
		out = append(out, *by[r])
	}
	return out
}

func (m *measurement) detections() []Detection {
	var out []Detection
	for _, f := range m.marks.faults {
		if !f.IsInForce {
			continue
		}
		seen := map[string]bool{}
		for _, e := range m.log.Events {
			if e.Kind != KindHealth || e.Data["to"] != Unhealthy || e.At < f.InForce || f.IsGone && e.At > f.Gone || !m.concerns(f.Step, e) {
				continue
			}
			who := detectorOf(e)
			if seen[who] {
				continue
			}
			seen[who] = true
			out = append(out, Detection{Step: f.Step.ID, Detector: who, By: e.Data["by"], Subject: e.Subject, At: e.At, After: e.At - f.InForce, Event: e.Seq})
		}
	}
	return out
}

func (m *measurement) concerns(s StepSpec, e Event) bool {
	for _, t := range s.Targets {
		if t == e.Subject {
			return true
		}
	}
	for _, r := range s.Regions {
		if r == e.Region || r == e.Subject {
			return true
		}
	}
	return false
}

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
	return max(m.watch[Read].step(), m.watch[Write].step())
}

func (m *measurement) invalid(a Analysis) []Invalidity {
	out := []Invalidity{}
	add := func(code, format string, args ...any) {
		out = append(out, Invalidity{code, fmt.Sprintf(format, args...)})
	}
	if m.answered == 0 {
		add("no-load", "no request ever got an answer: the load never reached the system")
	}
	if !m.marks.hasFault {
		add("precondition", "the system was not steady before the drill; nothing was injected")
	}
	for _, p := range a.Phases {
		if n := p.Good + p.bad(); p.Name == PhaseSteady && m.marks.hasFault && (n == 0 || float64(p.Good) < m.spec.Steady.Success*float64(n)) {
			add("precondition", "%d of %d requests of the steady phase were good, wanted %.4g %%", p.Good, n, 100*m.spec.Steady.Success)
		}
	}
	for _, f := range a.Faults {
		switch {
		case !m.marks.hasFault:
		case !f.IsInForce:
			add("no-effect", "%s: %s was never proved in force%s", f.Step.ID, f.Step.Fault, colon(f.Problem))
		case !f.IsGone:
			add("not-gone", "%s: %s was never proved gone%s", f.Step.ID, f.Step.Fault, colon(f.Problem))
		}
	}
	if a.Load.Saturated {
		add("saturated", "the load generator could not keep its grid: %s", a.Load.SaturatedWhy)
	}
	if a.Ledger != nil && !a.Ledger.Known {
		add("never-read", "%s", a.Ledger.Why)
	}
	for _, e := range m.log.Events {
		switch e.Kind {
		case KindAbort:
			add("aborted", "%s", e.Note)
		case KindInterrupt:
			add("interrupted", "%s", e.Note)
		}
	}
	return out
}

func colon(s string) string {
	if s == "" {
		return ""
	}
	return ": " + s
}

func unknown(metric string, u Unit, why string) Reading {
	return Reading{Metric: metric, Unit: u, Why: why}
}

func known(metric string, u Unit, v, low, high float64, clock string) Reading {
	return Reading{Metric: metric, Unit: u, Value: v, Low: low, High: high, Known: true, Clock: clock}
}

func exact(metric string, u Unit, v float64, clock string) Reading {
	return known(metric, u, v, v, v, clock)
}

func (m *measurement) readings(a Analysis) []Reading {
	rs := m.timings(a)
	rs = append(rs, m.ratios(a)...)
	rs = append(rs, m.data(a)...)
	for i := range rs {
		for _, f := range []*float64{&rs[i].Value, &rs[i].Low, &rs[i].High} {
			if math.IsNaN(*f) || math.IsInf(*f, 0) {
				*f, rs[i].Known, rs[i].Why = 0, false, "not a number"
			}
		}
	}
	return rs
}

// worst is the incident that took longest among those that began with the
// damage or after it; RTA is the maximum over critical routes.
func (m *measurement) worst(a Analysis) (Incident, bool) {
	var w Incident
	found := false
	for _, i := range a.Incidents {
		if m.firstInForce < 0 || i.Start < m.firstInForce-m.marks.lagAllowance() {
			continue
		}
		longer := i.Recovered-i.Start > w.Recovered-w.Start
		if !found || !i.IsRecovered && w.IsRecovered || i.IsRecovered == w.IsRecovered && longer {
			w, found = i, true
		}
	}
	return w, found
}

func (m *measurement) timings(a Analysis) []Reading {
	held := fmt.Sprintf(", held %s", m.spec.Hold)
	rtaClock := "disruption (t_A) to recovery (t_R)" + held
	foClock := "fault in force (t_inj) to recovery (t_R)" + held
	if m.firstInForce < 0 {
		why := "no fault was proved in force"
		return []Reading{unknown(MetricRTA, Seconds, why), unknown(MetricFailover, Seconds, why), unknown(MetricDowntime, Seconds, why),
			unknown(MetricFlaps, Count, why), unknown(MetricDetect, Seconds, why), unknown(MetricFailback, Seconds, why), unknown(MetricFailbackEED, Seconds, why)}
	}
	res := (m.slowestStep() + a.Load.BaselineL).Seconds()
	w, found := m.worst(a)
	var rta, fo Reading
	if !found {
		rta = known(MetricRTA, Seconds, 0, 0, res, rtaClock)
		fo = known(MetricFailover, Seconds, 0, 0, res, foClock)
	} else {
		rta = known(MetricRTA, Seconds, (w.Recovered - w.Start).Seconds(), max(0, (w.RecoveredLow-w.StartHigh).Seconds()), (w.RecoveredHigh - w.StartLow).Seconds(), rtaClock)
		inj := m.injectedBefore(w.Start)
		fo = known(MetricFailover, Seconds, max(0, (w.Recovered-inj).Seconds()), max(0, (w.RecoveredLow-inj).Seconds()), max(0, (w.RecoveredHigh-inj).Seconds()), foClock)
		rta.Censored, fo.Censored = !w.IsRecovered, !w.IsRecovered
	}
	return append([]Reading{rta, fo, m.downtime(a), m.flaps(a), m.detect(a)}, m.failback(a)...)
}

// injectedBefore is the last damage in force when an incident began.
func (m *measurement) injectedBefore(start time.Duration) time.Duration {
	inj := m.firstInForce
	for _, f := range m.marks.faults {
		if f.IsInForce && f.InForce <= start+m.marks.lagAllowance() {
			inj = max(inj, min(f.InForce, start))
		}
	}
	return inj
}

func (m *measurement) downtime(a Analysis) Reading {
	var sum, low, high float64
	for _, i := range a.Incidents {
		if i.Start < m.firstInForce-m.marks.lagAllowance() {
			continue
		}
		// Routes fail together: the longer of them is what clients had.
		if d := i.Downtime.Seconds(); d > sum {
			sum, low, high = d, d-(i.StartHigh-i.Start).Seconds()-(i.Recovered-i.RecoveredLow).Seconds(), d+(i.Start-i.StartLow).Seconds()+(i.RecoveredHigh-i.Recovered).Seconds()
		}
	}
	perRoute := map[string]float64{}
	for _, i := range a.Incidents {
		if i.Start >= m.firstInForce-m.marks.lagAllowance() {
			perRoute[i.Route] += i.Downtime.Seconds()
		}
	}
	extra := 0.0
	for _, v := range perRoute {
		extra = max(extra, v-sum)
	}
	return known(MetricDowntime, Seconds, sum+extra, max(0, low+extra), high+extra, "sum of DOWN episodes of the worse route")
}

func (m *measurement) flaps(a Analysis) Reading {
	n := 0
	for _, i := range a.Incidents {
		n = max(n, i.Flaps)
	}
	return exact(MetricFlaps, Count, float64(n), "DOWN episodes after the first, in one incident")
}

func (m *measurement) detect(a Analysis) Reading {
	r := unknown(MetricDetect, Seconds, "no part of the system reported the damage")
	for _, d := range a.Detections {
		if !r.Known || d.After.Seconds() < r.Value {
			r = exact(MetricDetect, Seconds, d.After.Seconds(), "fault in force (t_inj) to the first report of "+d.By)
			r.From = []uint64{d.Event}
		}
	}
	return r
}

func (m *measurement) failback(a Analysis) []Reading {
	clock := fmt.Sprintf("fault gone (t_rev) to the lost region's baseline share ± %.0f %%, held %s", 100*m.spec.Detect.ShareTol, m.spec.Hold)
	if len(m.lostRegions) == 0 {
		why := "no step took a whole region away"
		return []Reading{unknown(MetricFailback, Seconds, why), unknown(MetricFailbackEED, Seconds, why)}
	}
	var rev time.Duration
	for _, f := range m.marks.faults {
		if f.Step.TakesDown && !f.IsGone {
			why := "the fault was not proved gone"
			return []Reading{unknown(MetricFailback, Seconds, why), unknown(MetricFailbackEED, Seconds, why)}
		}
		if f.Step.TakesDown {
			rev = max(rev, f.Gone)
		}
	}
	want := m.bins.sum(m.marks.steady, m.marks.fault).share(m.lostRegions)
	end := m.lastAt.Truncate(binLen)
	at, ok := time.Duration(0), false
	for t := rev.Truncate(binLen) + binLen; t+binLen <= end; t += binLen {
		b := m.bins.sum(t, t+binLen)
		n := b.good + b.bad
		fine := n > 0 && b.share(m.lostRegions) >= want-m.spec.Detect.ShareTol && float64(b.bad) <= m.spec.Detect.Up*float64(n)
		switch {
		case fine && !ok:
			at, ok = t, true
		case !fine:
			ok = false
		}
	}
	ok = ok && end-at >= m.spec.Hold
	fb := known(MetricFailback, Seconds, (at - rev).Seconds(), max(0, (at-rev-binLen).Seconds()), (at - rev + binLen).Seconds(), clock)
	until := at + m.spec.Hold
	if !ok {
		fb = known(MetricFailback, Seconds, (end - rev).Seconds(), max(0, (end-rev-m.spec.Hold).Seconds()), (end - rev).Seconds(), clock)
		fb.Censored = true
		until = end
	}
	b := m.bins.sum(rev, until)
	eed := float64(b.bad) / max(1, m.offered())
	return []Reading{fb, exact(MetricFailbackEED, Seconds, eed, "bad requests over the offered rate, from t_rev until fail-back has held")}
}

func (m *measurement) offered() float64 { return m.spec.Load.ReadRate + m.spec.Load.WriteRate }

func (m *measurement) ratios(a Analysis) []Reading {
	if m.firstInForce < 0 {
		why := "no fault was proved in force"
		return []Reading{unknown(MetricAvailability, Ratio, why), unknown(MetricTimeAvail, Ratio, why), unknown(MetricEED, Seconds, why),
			unknown(MetricP99, Seconds, why), unknown(MetricBudget, Ratio, why), unknown(MetricOvershoot, Ratio, why)}
	}
	span := "from the first fault in force to the end of the load"
	n := float64(m.good + m.bad)
	all := n + float64(m.unkn)
	av := unknown(MetricAvailability, Ratio, "no request was made after the fault")
	if n > 0 {
		av = known(MetricAvailability, Ratio, float64(m.good)/n, float64(m.good)/all, float64(m.good)/n, "good requests over all, "+span)
	}
	window := (m.lastAt - m.firstInForce).Seconds()
	ta := unknown(MetricTimeAvail, Ratio, "the window is empty")
	if d := m.downtime(a); window > 0 {
		ta = known(MetricTimeAvail, Ratio, 1-d.Value/window, max(0, 1-d.High/window), 1-d.Low/window, "1 - downtime / window, "+span)
	}
	eed := float64(m.bad) / max(1, m.offered())
	rs := []Reading{av, ta, known(MetricEED, Seconds, eed, eed, float64(m.bad+m.unkn)/max(1, m.offered()), "bad requests over the offered rate, "+span), m.p99(a)}
	if a.Budget != nil {
		rs = append(rs, exact(MetricBudget, Ratio, a.Budget.Consumed, "EED over the window's budget; notional unless production"))
	} else {
		rs = append(rs, unknown(MetricBudget, Ratio, "the scenario has no SLO"))
	}
	return append(rs, m.overshoot())
}

func (m *measurement) p99(a Analysis) Reading {
	for _, p := range a.Phases {
		if p.Name == PhaseFault && p.P99 >= 0 {
			v := p.P99.Seconds()
			return known(MetricP99, Seconds, v, v*0.984, v, "good requests of the fault phase, from the intended start")
		}
	}
	return unknown(MetricP99, Seconds, "no good request in the fault phase")
}

// overshoot is the busiest second of a surviving region over its baseline.
func (m *measurement) overshoot() Reading {
	if len(m.lostRegions) == 0 {
		return unknown(MetricOvershoot, Ratio, "no step took a whole region away")
	}
	base := m.bins.sum(m.marks.steady, m.marks.fault)
	secs := (m.marks.fault - m.marks.steady).Seconds()
	worst, any := 0.0, false
	for t := m.firstInForce.Truncate(binLen); t+binLen <= m.lastAt; t += binLen {
		for r, n := range m.bins.sum(t, t+binLen).byRegion {
			if was := float64(base.byRegion[r]) / max(1, secs); !m.lostRegions[r] && was > 0 {
				worst, any = max(worst, float64(n)/was), true
			}
		}
	}
	if !any {
		return unknown(MetricOvershoot, Ratio, "no survivor served anything before the fault")
	}
	return exact(MetricOvershoot, Ratio, worst, "busiest second of a survivor over its baseline")
}

func (m *measurement) data(a Analysis) []Reading {
	l := a.Ledger
	why := ""
	switch {
	case l == nil:
		why = "the scenario writes nothing"
	case !l.Known:
		why = l.Why
	case m.firstInForce < 0:
		why = "no fault was proved in force"
	}
	if why != "" {
		return []Reading{unknown(MetricRPA, Seconds, why), unknown(MetricLostWrites, Count, why), unknown(MetricStale, Seconds, why), unknown(MetricSplitBrain, Seconds, why)}
	}
	step := m.watch[Write].step().Seconds() + m.watch[Write].base.Seconds()
	rpa := known(MetricRPA, Seconds, l.RPA.Seconds(), max(0, l.RPA.Seconds()-step), l.RPA.Seconds()+step, "start of the outage back to the oldest acknowledged write that was lost")
	if l.PostFaultLoss > 0 && l.RPA == 0 {
		rpa.High = max(rpa.High, step)
	}
	return []Reading{rpa,
		exact(MetricLostWrites, Count, float64(l.Lost), "acknowledged writes absent from the final read"),
		exact(MetricStale, Seconds, l.StaleMax.Seconds(), "last read that missed an acknowledged write, from its acknowledgement"),
		exact(MetricSplitBrain, Seconds, l.SplitBrain.Seconds(), "overlap of acknowledgements by two leaders")}
}

func (m *measurement) budget(a Analysis) *BudgetReport {
	s := m.spec.Budget
	if s == nil || m.firstInForce < 0 || s.SLO >= 1 || s.Window <= 0 {
		return nil
	}
	eed := float64(m.bad) / max(1, m.offered())
	r := &BudgetReport{Spec: *s, EED: time.Duration(eed * float64(time.Second)), Consumed: eed / (s.Window.Seconds() * (1 - s.SLO))}
	for _, b := range m.bins.list {
		if n := b.good + b.bad; n > 0 {
			r.PeakBurn = max(r.PeakBurn, float64(b.bad)/float64(n)/(1-s.SLO))
		}
	}
	r.Alerts = m.burnAlerts(*s)
	return r
}

// The rows of the SRE workbook, "Alerting on SLOs", table 5-8.
var burnRows = []BurnAlert{
	{Severity: "page", Long: time.Hour, Short: 5 * time.Minute, Burn: 14.4},
	{Severity: "page", Long: 6 * time.Hour, Short: 30 * time.Minute, Burn: 6},
	{Severity: "ticket", Long: 72 * time.Hour, Short: 6 * time.Hour, Burn: 1},
}

// burnAlerts says which alerts would have fired, from a clean window before.
func (m *measurement) burnAlerts(s BudgetSpec) []BurnAlert {
	var out []BurnAlert
	for _, row := range burnRows {
		row.Needs = time.Duration(row.Burn * (1 - s.SLO) * float64(row.Long))
		bad := 0.0
		for i, b := range m.bins.list {
			if n := b.good + b.bad; n > 0 {
				bad += float64(b.bad) / float64(n)
			}
			long, short := bad/row.Long.Seconds(), bad/row.Short.Seconds()
			if limit := row.Burn * (1 - s.SLO); !row.Fired && long > limit && short > limit {
				row.Fired, row.FiredAt = true, time.Duration(i+1)*binLen
			}
		}
		out = append(out, row)
	}
	return out
}

func (m *measurement) notes(a Analysis) []string {
	out := []string{}
	if _, found := m.worst(a); !found && m.firstInForce >= 0 {
		out = append(out, "clients saw no outage: if the gateways retried, the damage shows in latency only (masked failover)")
		for _, r := range sortedKeys(m.lostServed) {
			if !m.lostRegions[r] && len(m.lostRegions) > 0 && r != "" {
				out = append(out, fmt.Sprintf("%s served its first request %.2f s after the fault was in force", r, (m.lostServed[r]-m.firstInForce).Seconds()))
			}
		}
	}
	if l := a.Ledger; l != nil && l.Known && l.Holes {
		out = append(out, "the loss has holes: writes older than some that survived are lost")
	}
	if a.Budget != nil {
		paged := false
		for _, b := range a.Budget.Alerts {
			paged = paged || b.Fired && b.Severity == "page"
		}
		if !paged {
			out = append(out, "this outage would not have paged anyone under the standard burn-rate alerts")
		}
	}
	return out
}

// detectorOf names the sort of thing that noticed: the role of who reported.
func detectorOf(e Event) string {
	by := e.Data["by"]
	for _, role := range []string{"dns", "gateway", "edge", "api", "store"} {
		if strings.Contains(by, "-"+role+"-") {
			return role
		}
	}
	if by == "" {
		return "system"
	}
	return by
}
