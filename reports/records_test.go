package reports

import (
	"time"

	"github.com/drillctl/drillctl/drill"
)

const ms = time.Millisecond

// madeUp are records as drills could have left them, by the name of their golden
// files.
func madeUp() map[string]drill.Record {
	return map[string]drill.Record{
		"pass":         passed(),
		"fail":         failed(),
		"inconclusive": inconclusive(),
		"interrupted":  interrupted(),
		"precondition": precondition(),
		"no-writes":    noWrites(),
		"masked":       masked(),
		"stuck":        stuck(),
		"regressed":    regressed(),
		"drifted":      drifted(),
		"alerts":       alerted(),
		"origins":      grouped(),
		"operated":     operated(),
		"intruders":    intruded(),
	}
}

// intruded let somebody in while the issuer was lost.
func intruded() drill.Record {
	r := noWrites()
	r.Verdict, r.Reason = drill.Fail, "intruders-let-in: achieved 9, wanted at most 0"
	r.Spec.Load.IntruderRate, r.Spec.Load.Tokens = 5, true
	counted := func(metric string, n float64) drill.Reading {
		return drill.Reading{Metric: metric, Value: n, Low: n, High: n, Unit: drill.Count, Known: true}
	}
	in, out := counted(drill.MetricLetIn, 9), counted(drill.MetricRefused, 0)
	r.Objectives = append(r.Objectives, result("intruders-let-in", in, drill.AtMost, 0, drill.Fail, "achieved 9, wanted at most 0"), result("valid-refused", out, drill.AtMost, 0, drill.Pass, ""))
	r.Analysis.Readings = append(r.Analysis.Readings, in, out)
	r.Analysis.Intruders = &drill.IntruderReport{Total: drill.IntruderCount{Asked: 150, Refused: 139, LetIn: 9}, Tested: 120, NotServed: map[string]uint64{"timeout": 2}, First: 10400 * ms, Last: 28200 * ms,
		By: []drill.IntruderCount{{Forgery: drill.NoToken.String(), Asked: 75, Refused: 74}, {Forgery: drill.BadSignature.String(), Asked: 75, Refused: 65, LetIn: 9}}}
	return r
}

func yes(v bool) *bool { return &v }

func spec() drill.Spec {
	return drill.Spec{
		Scenario: "region-blackhole", Title: "The primary region goes silent",
		Regions: []string{"us-east", "us-west", "eu"}, Primary: "us-east",
		Load:   drill.LoadSpec{ReadRate: 250, WriteRate: 50, Timeout: time.Second, Deadline: 500 * ms, Profile: "pooled"},
		Steady: drill.SteadySpec{For: 5 * time.Second, Success: 0.999}, Hold: 5 * time.Second, HealthInterval: time.Second,
		Detect: drill.DetectSpec{Window: time.Second, MinRequests: 10, MinBad: 3, Down: 0.1, Up: 0.01, CapacityFloor: 0.9, ShareTol: 0.1},
		Steps: []drill.StepSpec{{ID: "steps[0]", Fault: "blackhole", At: 5 * time.Second, For: 20 * time.Second, Regions: []string{"us-east"},
			Targets: []string{"us-east-api-1", "us-east-api-2", "us-east-dns-1", "us-east-gateway-1", "us-east-gateway-2", "us-east-store-1"},
			Text:    "blackhole on region us-east for 20s", TakesDown: true}},
		Budget: &drill.BudgetSpec{SLO: 0.999, Window: 30 * 24 * time.Hour, Spend: 0.05}, Settle: 15 * time.Second,
	}
}

func base() drill.Record {
	began := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	return drill.Record{
		Schema: drill.RecordSchema, RunID: "20260304T050607Z-region-blackhole-3f9a",
		Tool:        drill.Tool{Version: "v0.1.0", Commit: "0123abc", Go: "go1.26.0"},
		Attempt:     drill.Attempt{RegisteredAt: began.Add(-time.Second), SHA256: "5ae0", PriorToday: 2},
		Scenario:    drill.ScenarioRef{Name: "region-blackhole", Path: "region-blackhole", SHA256: "c0ffee"},
		Environment: drill.Environment{Runtime: "process", System: "the bundled system", Host: map[string]string{"os": "linux", "arch": "amd64", "kernel": "6.12.8", "cpus": "2"}},
		Seed:        4218, Began: began, Ended: began.Add(48*time.Second + 120*ms),
		Outcome: "completed", Cleanup: drill.Cleanup{Verified: true}, Spec: spec(),
		Dir: ".drillctl/runs/20260304T050607Z-region-blackhole-3f9a",
	}
}

// sec is a reading in seconds with an even resolution.
func sec(metric string, v, half float64) drill.Reading {
	return drill.Reading{Metric: metric, Value: v, Low: v - half, High: v + half, Unit: drill.Seconds, Known: true}
}

func result(id string, r drill.Reading, op drill.Op, target float64, v drill.Verdict, reason string) drill.Result {
	res := drill.Result{Objective: drill.Objective{ID: id, Metric: r.Metric, Op: op, Target: target, Unit: r.Unit}, Reading: r, Verdict: v, Reason: reason}
	if v == drill.Pass || v == drill.Fail {
		res.Met = yes(v == drill.Pass)
	}
	return res
}

func passed() drill.Record {
	r := base()
	r.Verdict = drill.Pass
	rta := sec(drill.MetricRTA, 4.31, 0.03)
	rta.Clock = "from disruption (t_A) to recovery (t_R)"
	failover := sec(drill.MetricFailover, 4.27, 0.03)
	failover.Clock = "from in force (t_inj) to recovery (t_R)"
	rpa := drill.Reading{Metric: drill.MetricRPA, High: 0.023, Unit: drill.Seconds, Known: true, Clock: "from disruption (t_A) back to the oldest lost write"}
	avail := drill.Reading{Metric: drill.MetricAvailability, Value: 0.9042, Low: 0.9041, High: 0.9043, Unit: drill.Ratio, Known: true}
	spent := drill.Reading{Metric: drill.MetricBudget, Value: 0.00163, Low: 0.00163, High: 0.00163, Unit: drill.Ratio, Known: true}
	r.Objectives = []drill.Result{
		result("failover", failover, drill.AtMost, 6, drill.Pass, ""),
		result("rto", rta, drill.AtMost, 10, drill.Pass, ""),
		result("rpo", rpa, drill.AtMost, 2, drill.Pass, ""),
		result("availability", avail, drill.AtLeast, 0.7, drill.Pass, ""),
		result("error-budget", spent, drill.AtMost, 0.05, drill.Pass, ""),
	}
	r.Analysis = analysis()
	shift := sec(drill.MetricShift, 4.249, 0.005)
	r.Analysis.Readings = []drill.Reading{rta, failover, shift, rpa, avail, spent}
	r.NotMeasured = []drill.NotMeasured{{Metric: "rta-from-declaration", Reason: "no human step in this scenario: nobody declares a disaster"}}
	r.Timeline = []drill.Event{{Seq: 1, Kind: drill.KindPhase, Subject: drill.PhaseSteady}}
	return r
}

func analysis() drill.Analysis {
	return drill.Analysis{
		Load: drill.LoadReport{Spec: spec().Load, Planned: 13500, Sent: 13498, Skipped: 2, LatenessP99: 400 * time.Microsecond, LatenessMax: 7 * ms,
			Streams: []drill.StreamReport{
				{Route: "read", Slot: 4 * ms, Planned: 11250, Sent: 11248, Skipped: 2, LatenessP99: 400 * time.Microsecond, LatenessMax: 7 * ms},
				{Route: "write", Slot: 20 * ms, Planned: 2250, Sent: 2250, LatenessP99: 300 * time.Microsecond, LatenessMax: 2 * ms},
			},
			Resolution: 27 * ms, BaselineL: 3 * ms},
		Phases: []drill.PhaseStats{
			stats("steady", 0, 5*time.Second, 1500, 0), stats("fault", 5*time.Second, 25*time.Second, 7500, 1291), stats("settle", 30*time.Second, 15*time.Second, 4500, 0),
		},
		Regions: []drill.RegionShare{
			{Region: "us-east", ByPhase: map[string]uint64{"steady": 1500, "fault": 31, "settle": 3720}, Total: 5251},
			{Region: "us-west", ByPhase: map[string]uint64{"fault": 6176, "settle": 780}, Total: 6956},
			{Region: "eu", ByPhase: map[string]uint64{"fault": 2}, Total: 2},
		},
		Faults: []drill.FaultReport{{Step: spec().Steps[0], Fired: 10 * time.Second, InForce: 10*time.Second + 41*ms, Gone: 30*time.Second + 62*ms,
			IsInForce: true, IsGone: true, Effects: map[string]time.Duration{"us-east-api-1": 10 * time.Second, "us-east-api-2": 10*time.Second + 2*ms},
			Lag: 41 * ms, Skew: 800 * time.Microsecond,
			Evidence: []string{"2 rules read back on 6 of 6 instances", "12 of 12 probes to and from them were lost, 4 of 4 elsewhere answered"}}},
		Incidents: []drill.Incident{
			incident("read", 10024*ms, 14334*ms, map[string]uint64{"timeout": 1021, "http_5xx": 58}),
			incident("write", 10040*ms, 14340*ms, map[string]uint64{"timeout": 201, "http_5xx": 11}),
		},
		Outages: []drill.Incident{incident(drill.AllRoutes, 10024*ms, 14340*ms, map[string]uint64{"timeout": 1222, "http_5xx": 69})},
		Shifts:  []drill.Shift{{Step: "steps[0]", Region: "us-west", At: 14290 * ms, Low: 14286 * ms, High: 14295 * ms, IsSeen: true}},
		Detections: []drill.Detection{
			{Step: "steps[0]", Detector: "dns", By: "us-west-dns-1", Subject: "us-east", At: 13500 * ms, After: 3459 * ms},
			{Step: "steps[0]", Detector: "gateway", By: "us-west-gateway-1", Subject: "us-east-api-1", At: 12900 * ms, After: 2859 * ms},
		},
		Ledger: ledger(), Budget: budgetReport(),
		Notes: []string{"This outage (4.31 s) would not have paged under the standard burn-rate alerts: the quickest needs 51.8 s of total outage."},
	}
}

func stats(name string, at, length time.Duration, n, badN uint64) drill.PhaseStats {
	s := drill.PhaseStats{Name: name, Start: 5*time.Second + at, End: 5*time.Second + at + length, Planned: n, Sent: n, Good: n - badN,
		P50: 1240 * time.Microsecond, P95: 2900 * time.Microsecond, P99: 11 * ms, Max: 412 * ms}
	if badN > 0 {
		s.Sent, s.Skipped, s.Slow, s.Unknown = n-2, 2, 7, 3
		s.Good = s.Sent - badN
		s.Bad = map[string]uint64{"timeout": badN - 69 - 10, "http_5xx": 69}
	}
	return s
}

func incident(route string, from, to time.Duration, by map[string]uint64) drill.Incident {
	return drill.Incident{Route: route, Start: from, StartLow: from - 4*ms, StartHigh: from + 3*ms, Recovered: to, RecoveredLow: to - 20*ms,
		RecoveredHigh: to + 3*ms, IsRecovered: true, Downtime: to - from, Bad: by, Cause: "steps[0]",
		Episodes: []drill.Episode{{Start: from, End: to, Recovered: true}}}
}

func ledger() *drill.LedgerReport {
	read := func(when, source string) drill.FinalRead {
		return drill.FinalRead{When: when, Source: source, Round: 2, Ranges: [][2]uint64{{1, 1900}, {1920, 2108}}, Stable: true}
	}
	return &drill.LedgerReport{Attempted: 2250, Acked: 2038, Rejected: 11, Indeterminate: 201, Known: true, Recovered: 51, Absent: 150,
		LossUpperBound: 0.00147, FinalReads: []drill.FinalRead{read("settled", "gateway"), read("settled", "us-west"), read("settled", "eu"),
			read("after-failback", "gateway"), read("after-failback", "us-east")}}
}

func budgetReport() *drill.BudgetReport {
	return &drill.BudgetReport{Spec: drill.BudgetSpec{SLO: 0.999, Window: 30 * 24 * time.Hour, Spend: 0.05}, EED: 4225 * ms, Consumed: 0.00163, PeakBurn: 1000,
		Alerts: []drill.BurnAlert{
			{Severity: "page", Long: time.Hour, Short: 5 * time.Minute, Burn: 14.4, PeakLong: 1.17, PeakShort: 14.1, Needs: 51840 * ms},
			{Severity: "page", Long: 6 * time.Hour, Short: 30 * time.Minute, Burn: 6, PeakLong: 0.2, PeakShort: 2.35, Needs: 129600 * ms},
			{Severity: "ticket", Long: 72 * time.Hour, Short: 6 * time.Hour, Burn: 1, PeakLong: 0.016, PeakShort: 0.2, Needs: 259200 * ms},
		}}
}

// failed never recovered, lost writes and had a bug switched on.
func failed() drill.Record {
	r := passed()
	r.Verdict, r.Reason = drill.Fail, "rto and rpo missed"
	r.Environment.Bugs = []string{"no-failover", "ack-before-replicate"}
	rta := sec(drill.MetricRTA, 34.96, 0)
	rta.Censored, rta.Clock = true, "from disruption (t_A) to recovery (t_R)"
	rpa := sec(drill.MetricRPA, 2.004, 0.002)
	late := sec(drill.MetricFailover, 0, 0)
	late.Known, late.Why, late.High = false, "traffic of the lost region was never served by a survivor", 0
	r.Objectives[0] = result("failover", late, drill.AtMost, 6, drill.Inconclusive, "")
	r.Objectives[1] = result("rto", rta, drill.AtMost, 10, drill.Fail, "not recovered when the load ended: at least 34.96 s")
	r.Objectives[2] = result("rpo", rpa, drill.AtMost, 2, drill.Fail, "")
	nobody := sec(drill.MetricShift, 20, 0)
	nobody.Censored = true
	r.Analysis.Readings = []drill.Reading{rta, rpa, nobody}
	r.Analysis.Incidents[0].IsRecovered, r.Analysis.Outages[0].IsRecovered = false, false
	r.Analysis.Shifts[0].IsSeen = false
	r.Analysis.Incidents[0].Flaps = 3
	l := r.Analysis.Ledger
	l.Lost, l.LossUpperBound, l.LossEquivalent, l.NewestSurvivorGap, l.Holes = 47, 0, 940*ms, 1920*ms, true
	for id := range uint64(47) {
		l.LostIDs = append(l.LostIDs, 1901+id)
	}
	l.Duplicated, l.StaleReads, l.StaleMax, l.PostFaultLoss, l.SplitBrain, l.Reordered = 2, 9, 1210*ms, 310*ms, 290*ms, 4
	l.Unavailable, l.UnavailableReach, l.Erased, l.Resurrected = 6, 120*ms, 3, 1
	l.Disagreement = []string{"after fail-back us-east holds 12 writes that us-west and eu do not"}
	l.FinalReads[2].Err = "connection refused"
	l.FinalReads[4].Stable = false
	r.Analysis.Budget.Alerts[0].Fired, r.Analysis.Budget.Alerts[0].FiredAt = true, 63*time.Second
	return r
}

// inconclusive was never judged: a fault without effect, bounds that straddle
// the target, a ledger that was not read back.
func inconclusive() drill.Record {
	r := passed()
	r.Verdict, r.Reason = drill.Inconclusive, "the load generator was saturated: p99 lateness 31 ms is more than its grid of 4 ms"
	f := &r.Analysis.Faults[0]
	f.IsInForce, f.Problem, f.Evidence = false, "netem is not in this kernel: nothing was delayed (p50 to the target is 0.4 ms, wanted 200 ms)", nil
	r.Analysis.Invalid = []drill.Invalidity{
		{Code: "saturated", Text: "the load generator was saturated: p99 lateness 31 ms is more than its grid of 4 ms"},
		{Code: "no-effect", Text: "steps[0] could not be shown to be in force"},
	}
	rta := sec(drill.MetricRTA, 9.97, 0.21)
	unread := drill.Reading{Metric: drill.MetricRPA, Unit: drill.Seconds, Why: "the ledger was never read back: us-west answered 503 for 30 s"}
	r.Objectives[1] = result("rto", rta, drill.AtMost, 10, drill.Inconclusive, "between 9.76 s and 10.18 s straddles 10 s: raise the rate")
	r.Objectives[2] = result("rpo", unread, drill.AtMost, 2, drill.Inconclusive, unread.Why)
	r.Analysis.Ledger.Known, r.Analysis.Ledger.Why, r.Analysis.Ledger.FinalReads = false, unread.Why, nil
	r.Analysis.Detections = nil
	r.Analysis.Load.Saturated, r.Analysis.Load.SaturatedWhy = true, "p99 lateness over the grid"
	r.NotMeasured = []drill.NotMeasured{{Metric: drill.MetricRPA, Reason: unread.Why}, {Metric: drill.MetricFailback, Reason: "traffic never came back to us-east before the load ended"}}
	return r
}

func interrupted() drill.Record {
	r := passed()
	r.Verdict, r.Outcome, r.Reason = drill.Inconclusive, "interrupted", "interrupted: by the operator, 12.4 s into the load"
	r.Analysis.Invalid = []drill.Invalidity{{Code: "interrupted", Text: "by the operator, 12.4 s into the load"}}
	for i := range r.Objectives {
		o := &r.Objectives[i]
		o.Verdict, o.Met, o.Reading.Known, o.Reading.Why = drill.Inconclusive, nil, false, "the drill was interrupted before it could recover"
	}
	r.Analysis.Phases = r.Analysis.Phases[:2]
	return r
}

// precondition injected nothing.
func precondition() drill.Record {
	r := base()
	r.Verdict, r.Outcome = drill.Inconclusive, "precondition"
	r.Reason = "the system was not steady within 35s: 8312 of the last 9000 requests were good (92.36 %, wanted 99.90 % for 5s)"
	why := "nothing was injected: the baseline was not met"
	for _, id := range []string{"rto", "rpo"} {
		r.Objectives = append(r.Objectives, result(id, drill.Reading{Metric: id, Unit: drill.Seconds, Why: why}, drill.AtMost, 10, drill.Inconclusive, why))
	}
	r.Analysis.Phases = []drill.PhaseStats{{Name: "steady", Start: 30 * time.Second, End: 35 * time.Second, Planned: 9000, Sent: 9000, Good: 8312,
		Bad: map[string]uint64{"http_5xx": 688}, P50: 2 * ms, P95: 8 * ms, P99: 40 * ms, Max: 499 * ms}}
	return r
}

// regressed met its objectives, but earlier runs were better.
func regressed() drill.Record {
	r := passed()
	below := 2.9
	r.Hold(drill.Baseline{Fingerprint: "0123456789abcdef", Runs: []string{"20260301T050607-region-blackhole-0001", "20260302T050607-region-blackhole-0002"},
		LeftOut: []string{"20260303T050607-region-blackhole-0003: it did not pass"}, Regressed: true,
		Gates: []drill.Gate{
			{Metric: drill.MetricRTA, Objective: "rto", Unit: drill.Seconds, Outcome: drill.GateRegression, Text: "worse by 2.41 s, of which 1.00 s is allowed (p = 0.05, 19 v 1)",
				Baseline: []float64{1.9, 1.9}, Candidate: []float64{4.31}, Median: 1.9, Margin: 1, Shift: 2.41, ShiftBelow: &below, P: 0.05, Adjusted: 0.05, MinP: 0.05},
			{Metric: drill.MetricFailover, Objective: "failover", Unit: drill.Seconds, Outcome: drill.GateTooFew, Text: "cannot tell with 2 v 1; it takes 19 v 1, or 3 v 3, or 2 v 5 (runs of the baseline v runs now)",
				Baseline: []float64{1.9, 1.9}, Candidate: []float64{4.27}, Median: 1.9, P: 1, Adjusted: 1, MinP: 0.333},
		}})
	return r
}

// grouped has clients near two regions, of which the damage hit one; a third was
// never asked from.
func grouped() drill.Record {
	r := passed()
	r.Verdict, r.Reason = drill.Fail, "origins.us-east.rto: achieved 4.32 s, wanted at most 4 s"
	r.Spec.Load.Origins = []drill.OriginSpec{{Region: "us-east", Share: 0.6}, {Region: "eu", Share: 0.355}, {Region: "us-west", Share: 0.045}}
	r.Spec.Load.Resolver = drill.ResolverSpec{AtLeast: 30 * time.Second}
	hurt, well := sec(drill.OriginMetric(drill.MetricRTA, "us-east"), 4.32, 0.04), drill.Reading{Metric: drill.OriginMetric(drill.MetricRTA, "eu"), High: 0.061, Unit: drill.Seconds, Known: true}
	none := drill.Reading{Metric: drill.OriginMetric(drill.MetricRTA, "us-west"), Unit: drill.Seconds, Why: "no request was made after the fault"}
	avail := drill.Reading{Metric: drill.OriginMetric(drill.MetricAvailability, "eu"), Value: 1, Low: 0.9996, High: 1, Unit: drill.Ratio, Known: true}
	r.Objectives = append(r.Objectives, result("origins.us-east.rto", hurt, drill.AtMost, 4, drill.Fail, "achieved 4.32 s, wanted at most 4 s"),
		result("origins.eu.availability", avail, drill.AtLeast, 0.999, drill.Pass, ""), result("origins.us-west.rto", none, drill.AtMost, 4, drill.Inconclusive, "not measured: no request was made after the fault"))
	r.Analysis.Readings = append(r.Analysis.Readings, hurt, well, none, avail)
	phase := func(name string, good, bad uint64, by map[string]uint64) drill.OriginPhase {
		return drill.OriginPhase{Name: name, Sent: good + bad, Good: good, Bad: bad, ByRegion: by}
	}
	r.Analysis.Origins = []drill.OriginReport{
		{Region: "us-east", Share: 0.6, Phases: []drill.OriginPhase{phase("steady", 900, 0, map[string]uint64{"us-east": 900}), phase("fault", 3280, 1220, map[string]uint64{"us-west": 3249, "us-east": 31}), phase("settle", 2700, 0, map[string]uint64{"us-east": 2700})},
			Incidents: []drill.Incident{incident("read", 10024*ms, 14334*ms, map[string]uint64{"timeout": 1021})}, Outages: []drill.Incident{incident(drill.AllRoutes, 10024*ms, 14344*ms, map[string]uint64{"timeout": 1151, "http_5xx": 69})}},
		{Region: "eu", Share: 0.355, Phases: []drill.OriginPhase{phase("steady", 533, 0, map[string]uint64{"eu": 533}), phase("fault", 2661, 1, map[string]uint64{"eu": 2661}), phase("settle", 1597, 0, map[string]uint64{"eu": 1597})},
			Incidents: []drill.Incident{}, Outages: []drill.Incident{}},
		{Region: "us-west", Share: 0.045, Phases: []drill.OriginPhase{phase("steady", 67, 0, map[string]uint64{"us-west": 67}), phase("fault", 0, 0, map[string]uint64{}), phase("settle", 0, 0, map[string]uint64{})},
			Incidents: []drill.Incident{}, Outages: []drill.Incident{}},
	}
	return r
}

func noWrites() drill.Record {
	r := passed()
	r.Spec.Load.WriteRate, r.Spec.Load.ReadRate, r.Analysis.Ledger, r.Analysis.Budget = 0, 3, nil, nil
	r.Objectives = r.Objectives[1:2]
	r.Analysis.Incidents, r.Analysis.Outages = r.Analysis.Incidents[:1], nil
	r.Analysis.Load.Streams = r.Analysis.Load.Streams[:1]
	return r
}

// masked had no outage at all: retries hid the failover.
func masked() drill.Record {
	r := passed()
	r.Analysis.Incidents, r.Analysis.Outages = nil, nil
	r.Analysis.Phases[1] = stats("fault", 5*time.Second, 25*time.Second, 7500, 0)
	zero := drill.Reading{Metric: drill.MetricRTA, High: 0.007, Unit: drill.Seconds, Known: true}
	r.Objectives[1] = result("rto", zero, drill.AtMost, 10, drill.Pass, "")
	r.Analysis.Notes = []string{"Masked failover: no request failed, but traffic moved from us-east to us-west within 3.44 s and p99 rose by 402 ms meanwhile: the gateways retried."}
	return r
}

// stuck left something broken.
func stuck() drill.Record {
	r := passed()
	r.Verdict, r.Reason = drill.Inconclusive, "not everything could be taken back"
	r.Cleanup = drill.Cleanup{Residue: []string{"steps[0]: us-east-api-2 is still paused: signal: operation not permitted"}}
	r.Analysis.Faults[0].IsGone = false
	return r
}

// drifted has a region with other checks than the rest, and was to have none.
func drifted() drill.Record {
	r := passed()
	r.Verdict, r.Reason = drill.Fail, "drift: achieved 2, wanted at most 0"
	r.Drift = &drill.Drift{LastRun: "20260301T050607Z-region-blackhole-0001", Ignored: 1,
		Compared: []string{"6 instances of gateway in 3 regions", "the configuration of the last drill, 20260301T050607Z-region-blackhole-0001"},
		Findings: []drill.DriftFinding{
			{Against: drill.AgainstRegions, Role: "gateway", Setting: "proxy.health.interval", Text: "gateway proxy.health.interval: 1s in us-east, us-west, 3s in eu",
				Values: []drill.DriftValue{{Value: "1s", Instances: []string{"us-east-gateway-1", "us-west-gateway-1"}, Regions: []string{"us-east", "us-west"}}, {Value: "3s", Instances: []string{"eu-gateway-1"}, Regions: []string{"eu"}}}},
			{Against: drill.AgainstLastRun, Role: "api", Setting: "env.TOKEN", Text: "api env.TOKEN has another value (us-east-api-1)",
				Values: []drill.DriftValue{{Value: "a value", Instances: []string{"us-east-api-1"}, Regions: []string{"us-east"}}, {Value: "another value", Instances: []string{"us-east-api-1"}, Regions: []string{"us-east"}}}},
		}}
	r.Objectives = append(r.Objectives, result("drift", r.Drift.Reading(drill.DriftSpec{}), drill.AtMost, 0, drill.Fail, "achieved 2, wanted at most 0"))
	r.Analysis.Readings = append(r.Analysis.Readings, r.Drift.Reading(drill.DriftSpec{}))
	return r
}

// alerted watched three alerts: one in time, one that never fired, one that was
// silenced before anything was broken.
func alerted() drill.Record {
	r := passed()
	r.Verdict, r.Reason = drill.Fail, "alerts.GatewayErrors.fires: never fired within 25.5 s, wanted at most 9 s"
	down := drill.AlertSpec{Name: "GatewayDown", Labels: map[string]string{"region": "us-east"}}
	errors, slow := drill.AlertSpec{Name: "GatewayErrors"}, drill.AlertSpec{Name: "GatewaySlow"}
	r.Spec.Monitoring = &drill.MonitoringSpec{Source: drill.Prometheus, URL: "https://prometheus.example.com", Interval: time.Second, Alerts: []drill.AlertSpec{down, errors, slow}}
	of := func(a drill.AlertSpec, metric string, v float64) drill.Reading {
		rd := sec(metric+" "+a.Selector(), v, 0.5)
		rd.Value, rd.Clock = rd.High, "polled every 1s"
		return rd
	}
	never := of(errors, drill.MetricAlertFires, 25)
	never.Low, never.High, never.Censored, never.Why = 25.5, 25.5, true, "it never fired"
	before := drill.Reading{Metric: drill.MetricAlertFires + " GatewaySlow", Unit: drill.Seconds, Why: "it fired already before the damage"}
	fires, resolves := of(down, drill.MetricAlertFires, 3), of(down, drill.MetricResolves, 1.5)
	r.Objectives = append(r.Objectives,
		result("alerts.GatewayDown.fires", fires, drill.AtMost, 8, drill.Pass, ""), result("alerts.GatewayDown.resolves", resolves, drill.AtMost, 6, drill.Pass, ""),
		result("alerts.GatewayErrors.fires", never, drill.AtMost, 9, drill.Fail, "never fired within 25.5 s, wanted at most 9 s"),
		result("alerts.GatewaySlow.fires", before, drill.AtMost, 9, drill.Inconclusive, "not measured: it fired already before the damage"))
	r.Analysis.Readings = append(r.Analysis.Readings, fires, resolves, never, before)
	r.Analysis.Alerts = []drill.AlertReport{{Alert: down, Text: down.Selector(), Spans: []drill.AlertState{
		{State: drill.AlertInactive, To: 12 * time.Second}, {State: drill.AlertFiring, From: 13 * time.Second, To: 29 * time.Second}, {State: drill.AlertInactive, From: 30 * time.Second, To: 40 * time.Second}}}}
	r.Timeline = append(r.Timeline, drill.MonitoringEvent(0, r.Spec.Monitoring.Who(), drill.SourceAnswers, -1, ""),
		drill.AlertEvent(13*time.Second, down, drill.AlertInactive, drill.AlertFiring, 12*time.Second),
		drill.MonitoringEvent(35*time.Second, r.Spec.Monitoring.Who(), drill.SourceSilent, 34*time.Second, "connection refused"))
	return r
}

// operated had steps of people and programs: one was confirmed, one failed, and one
// was never reached.
func operated() drill.Record {
	r := passed()
	r.Verdict, r.Reason = drill.Inconclusive, "steps[2]: run ./failover.sh us-west: exit status 3"
	r.Analysis.Invalid = []drill.Invalidity{{Code: "action-failed", Text: r.Reason}}
	r.Spec.Actions = []drill.ActionSpec{
		{ID: "steps[1]", Kind: drill.ActionConfirm, At: 7 * time.Second, Timeout: 5 * time.Minute, Text: "confirm: Declare the disaster and tell the on-call", Declares: true},
		{ID: "steps[2]", Kind: drill.ActionRun, At: 9 * time.Second, Timeout: time.Minute, Argv: []string{"./failover.sh", "us-west"}, Text: "run ./failover.sh us-west"},
		{ID: "steps[3]", Kind: drill.ActionRun, At: 60 * time.Second, Timeout: time.Minute, Argv: []string{"true"}, Targets: []string{"us-west-api-1"}, Text: "run true in us-west-api-1"},
	}
	act := func(at time.Duration, k drill.Kind, i int, data map[string]string) drill.Event {
		return drill.Event{At: at, Kind: k, Step: r.Spec.Actions[i].ID, Subject: r.Spec.Actions[i].ID, Note: r.Spec.Actions[i].Text, Data: data}
	}
	ada := map[string]string{"by": "ada"}
	done, failed := act(16200*ms, drill.KindActionDone, 0, ada), act(18400*ms, drill.KindActionFailed, 1, map[string]string{"exit": "3", "output": "moving\nno leader in us-west\n"})
	done.Took, failed.Took, failed.Note = 4200*ms, 4400*ms, "run ./failover.sh us-west: exit status 3"
	r.Timeline = append(r.Timeline, act(12*time.Second, drill.KindActionBegan, 0, nil), done, act(16200*ms, drill.KindDeclared, 0, ada),
		act(14*time.Second, drill.KindActionBegan, 1, nil), failed)
	return r
}
