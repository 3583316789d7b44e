package drill

import "slices"

// A Metric is one number that a drill can measure: the one list that objectives,
// help and documentation read. The definitions are those of measuring.md; the
// section is named with each.
type Metric struct {
	Name      string // of the reading
	Objective string // the key of its objective in a scenario
	Unit      Unit
	Doc       string
	Needs     string // in words
	Op        Op     // how its objective compares
	lacks     func(Spec) string
}

// Lacks says why a scenario cannot measure m, "" if it can.
func (m Metric) Lacks(spec Spec) string {
	switch {
	case len(spec.Steps) == 0:
		return "no step does any damage"
	case m.lacks != nil:
		return m.lacks(spec)
	}
	return ""
}

func noWrites(spec Spec) string {
	if spec.Load.WriteRate > 0 {
		return ""
	}
	return "the load writes nothing"
}

func noRegion(spec Spec) string {
	if slices.ContainsFunc(spec.Steps, func(s StepSpec) bool { return s.TakesDown }) {
		return ""
	}
	return "no step takes a whole region away"
}

func noDeclaration(spec Spec) string {
	if spec.declares() {
		return ""
	}
	return "no step declares the disaster"
}

func noSLO(spec Spec) string {
	if spec.Budget != nil {
		return ""
	}
	return "the scenario has no SLO"
}

func noAlerts(spec Spec) string {
	if spec.Monitoring != nil && len(spec.Monitoring.Alerts) > 0 {
		return ""
	}
	return "the drill watches no alerts"
}

func noIntruders(spec Spec) string {
	if spec.Load.IntruderRate > 0 {
		return ""
	}
	return "nobody tries to get in"
}

func noTokens(spec Spec) string {
	if spec.Load.Tokens {
		return ""
	}
	return "clients show no tokens"
}

// Metrics lists all of them.
func Metrics() []Metric {
	return []Metric{
		{MetricRTA, "rto", Seconds, `Recovery time achieved: from the start of the outage (t_A, the intended start of
its first bad request on any critical route) to recovery (t_R, the start of the
first hold throughout which requests of every critical route are good again,
backdated). Reads and writes are critical. Of several outages the longest counts. Judged
by its pessimistic bound; an outage that outlasts the load is "more than". Where
load.from names several regions there is one for the clients of each, too; slots that
were skipped are nobody's and widen the bounds of all. (1.3, 1.5)`, "a fault", AtMost, nil},
		{MetricDeclared, "rto-from-declaration", Seconds, `From the declaration of the disaster (t_dec: the operator confirmed, or a step that
declares it began) to recovery (t_R): what is left of RTA when people have decided.
Of several outages the longest counts, each from the first declaration within it, or
else from the last one before it; one that was over before anybody declared is 0.
(1.1, 1.3)`, "a step that declares the disaster", AtMost, noDeclaration},
		{MetricFailover, "failover", Seconds, `From the fault in force (t_inj, stamped by the agent and proved by read-back and
data path) to recovery (t_R) of every critical route. Of several outages the
longest counts, each from the step fired last before it; those of the way back
count in RTA only. The way back begins when the damage is gone or, where clients had
been served again, when it was proved in force for the last time. (1.3)`, "a fault", AtMost, nil},
		{MetricShift, "shift", Seconds, `From the fault in force (t_inj) to the first good request that a survivor served and
that would have been the lost region's (t_sw). It shows a failover of which clients
saw no error, because gateways retried (masked failover). Only survivors that
served nothing before the damage can be told from the rest; the slowest step
counts. (1.3)`, "a step that takes a whole region away", AtMost, noRegion},
		{MetricRPA, "rpo", Seconds, `Recovery point achieved: from the start of the outage back to the oldest
acknowledged write that is lost; or on to the newest, where an isolated writer
went on acknowledging what was lost for longer than that. A target of 0 asks that
nothing acknowledged is lost. (2.3)`, "writes", AtMost, noWrites},
		{MetricLostWrites, "lost-writes", Count, `Acknowledged writes that are absent from the final read, by reconciliation of
numbered writes. Writes of unknown outcome are never counted as lost. (2.2)`, "writes", AtMost, noWrites},
		{MetricAvailability, "availability", Ratio, `Good requests over all, from the first fault in force to the end of the load;
requests cut by the tool and skipped slots count as bad for the low bound. (1.3)`, "a fault", AtLeast, nil},
		{MetricTimeAvail, "time-availability", Ratio, `1 - downtime / window, over the same time. (1.3)`, "a fault", AtLeast, nil},
		{MetricDowntime, "downtime", Seconds, `Sum of the DOWN episodes of all outages; a time in which several routes are down
counts once. (1.3, 1.5 rule 5)`, "a fault", AtMost, nil},
		{MetricEED, "eed", Seconds, `Error-equivalent downtime: bad requests over the offered rate. 20 s at 50 % errors
are 10 s. (1.3)`, "a fault", AtMost, nil},
		{MetricDetect, "detect", Seconds, `From the fault in force to the first health transition that a part of the system
reported about what was hit; of several steps the slowest counts, and one that
nobody reported while it lasted took at least as long. (1.3)`, "a system that reports health", AtMost, nil},
		{MetricFailback, "failback", Seconds, `From the fault gone (t_rev) to the start of the first hold in which the lost region
carries its baseline share, within the tolerance, and requests are good. Resolution
one second. (1.3)`, "a step that takes a whole region away", AtMost, noRegion},
		{MetricFailbackEED, "failback-disturbance", Seconds, `Error-equivalent downtime from t_rev until fail-back has held. (1.3)`, "a step that takes a whole region away", AtMost, noRegion},
		{MetricFlaps, "flaps", Count, `DOWN episodes after the first, within one incident of one route; the worst route
counts. (1.3)`, "a fault", AtMost, nil},
		{MetricP99, "p99", Seconds, `99th percentile of the latency of good requests of the fault phase, from the
intended start, so that waiting in the generator counts, to 0.8 %. (1.6)`, "a fault", AtMost, nil},
		{MetricAddedLatency, "added-latency", Seconds, `What those paid who were served: the 99th percentile of the latency of good
requests of the fault phase, less that of the steady phase, each to 0.8 %. (1.3)`, "a fault", AtMost, nil},
		{MetricStale, "staleness", Seconds, `The largest age of an acknowledged write that a later read missed and the final read
has. (2.2)`, "writes", AtMost, noWrites},
		{MetricSplitBrain, "split-brain", Seconds, `The longest overlap of the times in which two different leaders acknowledged
writes. (2.2)`, "writes", AtMost, noWrites},
		{MetricOvershoot, "overshoot", Ratio, `The busiest second of a surviving region over its own baseline. (1.3)`, "survivors that served before the fault", AtMost, noRegion},
		{MetricBudget, "error-budget", Ratio, `Error-equivalent downtime over the error budget of the SLO's window; notional unless
the target is production. (1.4)`, "an SLO", AtMost, noSLO},
		{MetricAlertFires, "alerts", Seconds, `From the fault in force (t_inj) to the alert firing, as polls of the user's Prometheus
or Alertmanager saw it: between the last poll that did not see it fire and the first
that did, so the resolution is the time between two polls. Of several alerts the
slowest; each has a reading of its own, too. An alert that fired or was pending before
the damage, a rule that is not there and a source that does not answer leave it
unknown. (1.3, 1.4)`, "alerts to watch", AtMost, noAlerts},
		{MetricResolves, "alerts", Seconds, `From the fault gone (t_rev) to the first poll after which the alert never fired again;
0 for one that had resolved before. Of several alerts the slowest. (1.3)`, "alerts to watch", AtMost, noAlerts},
		{MetricLetIn, "intruders-let-in", Count, `Requests that were to be refused, and were served: without a token, with a forged
signature, a key that the issuer does not have, the algorithm none or the public key
as a secret, expired, or for another audience. Served is every answer but 401 and 403,
by which they are refused, and 429 and 5xx, by which nobody is served; those and
requests without an answer are counted apart. All of the run count. Unknown when none
was answered while the damage could show. (catalogue D1)`, "intruders", AtMost, noIntruders},
		{MetricRefused, "valid-refused", Count, `Reads and writes that were answered 401 or 403 though the token that they showed was
good and, by its own end, still valid when they began, from the first fault in force to
the end of the load. A client that can get no new token shows the old one after its end,
too: such requests are not good, but refused rightly, and are counted apart. (catalogue
D1, D8)`, "tokens", AtMost, noTokens},
		{MetricLimited, "rate-limited", Ratio, `Answers 429 over all answers that clients got, from the first fault in force to the
end of the load: what they were refused for sending too much, or because as many as can
be served waited already. Requests without an answer count in neither, those of
intruders and of a fault's own flood neither. Without an objective it is told where it is
not 0. (catalogue C8)`, "a fault", AtMost, nil},
		{MetricAbort, "abort-within", Seconds, `How long clients bore damage that the guard (abort-if) had to end: from the start of
the outage (t_A) to the moment in which the last damage was gone. Low counts from the
last instant at which the outage may have begun, high from the first one and to the
proof that the damage is gone. Damage that nobody aborted took at least until its own
end. Where clients saw no outage there was nothing to abort, and the reading is unknown.
A drill with this objective is one of aborting: its guard ends the damage, and not the
drill, which settles and is judged as ever. In every other drill an abort makes all
objectives inconclusive. (1.3, catalogue G4)`, "a fault and abort-if", AtMost, nil},
		{MetricDrift, "drift", Count, `Differences in the configuration before the drill: settings that instances of one
role do not have in common, and settings that are not as in the last drill of the
same scenario. What only says where an instance is (its name, region, addresses, its
part as primary or standby) and what drift.ignore names are not counted. With
nothing to compare it is unknown, never 0. The key drift: fail asks for 0.`, "two instances of a role, or an earlier drill of the scenario", AtMost, nil},
	}
}
