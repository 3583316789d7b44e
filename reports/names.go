package reports

import "github.com/drillctl/drillctl/drill"

// A plainName is a metric for readers who do not know the tool.
type plainName struct {
	title string
	means string // half a sentence
}

// plainNames has every metric; a test keeps it so.
var plainNames = map[string]plainName{
	drill.MetricRTA:          {"Recovery time", "from the first failed request until service was good again and stayed so"},
	drill.MetricDeclared:     {"Recovery time after the decision", "from the declaration of the disaster until service was good again"},
	drill.MetricFailover:     {"Failover time", "from the damage in force until service was good again"},
	drill.MetricRPA:          {"Recovery point", "how far back confirmed data was lost"},
	drill.MetricLostWrites:   {"Lost writes", "confirmed to the client, and gone in the end"},
	drill.MetricAvailability: {"Availability", "requests answered well, from the damage to the end"},
	drill.MetricTimeAvail:    {"Time available", "part of that time in which service was up"},
	drill.MetricDowntime:     {"Downtime", "sum of all stretches in which service was down"},
	drill.MetricEED:          {"Error-equivalent downtime", "all failed requests together, as seconds of a total outage"},
	drill.MetricDetect:       {"Detection time", "until a part of the system noticed"},
	drill.MetricFailback:     {"Fail-back time", "from the end of the damage until traffic was back in its place"},
	drill.MetricFailbackEED:  {"Disturbance by fail-back", "failed requests on the way back, as seconds of a total outage"},
	drill.MetricFlaps:        {"Flaps", "relapses within one outage"},
	drill.MetricP99:          {"Slowest of a hundred requests", "99th percentile of the latency under damage"},
	drill.MetricStale:        {"Staleness", "age of a confirmed write that a later read missed"},
	drill.MetricSplitBrain:   {"Split brain", "time in which two leaders accepted writes at once"},
	drill.MetricOvershoot:    {"Overshoot", "busiest second of a surviving region, against its usual load"},
	drill.MetricShift:        {"Shift of traffic", "until survivors served what belonged to the lost region"},
	drill.MetricAddedLatency: {"Added latency", "how much slower good requests were under the damage"},
	drill.MetricAlertFires:   {"Alert", "from the damage in force until monitoring raised the alarm"},
	drill.MetricResolves:     {"All-clear", "from the end of the damage until the alert was gone for good"},
	drill.MetricLetIn:        {"Intruders let in", "requests with a forged token or none that were served"},
	drill.MetricRefused:      {"Good tokens refused", "requests of clients with a good token that were not let in"},
	drill.MetricLimited:      {"Refused by limits", "answers that told clients to send less"},
	drill.MetricAbort:        {"Abort", "from the first failed request until the abort guard had taken all damage back"},
	drill.MetricDrift:        {"Configuration drift", "settings that differ between instances of one role, or from the last drill"},
	drill.MetricBudget:       {"Error budget used", "part of what the service level allows for the whole period"},
}

// nameOf finds the plain name of an objective; one of a metric not in the list
// has its own.
func nameOf(o drill.Objective) plainName {
	metric, of := drill.SplitMetric(o.Metric)
	if n, ok := plainNames[metric]; ok {
		n.title = join(" ", n.title, pick(drill.OfOrigin(o.Metric) != "", "near "+of, of))
		return n
	}
	return plainName{title: o.ID}
}
