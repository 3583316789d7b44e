package drill

import "slices"

// An Invalidity is one reason for an inconclusive verdict.
type Invalidity struct {
	Code  string `json:"code"` // "no-effect", "no-load", "saturated", "never-read", "precondition", "torn", "unfinished", "aborted", "interrupted"
	Text  string `json:"text"`
	Route string `json:"route,omitempty"` // the stream, if it is about one
}

// Saturated is the code of what a starved load generator spoils.
const Saturated = "saturated"

// Starved says that the load generator could not keep its grid: the machine's
// fault, not that of what was drilled.
func (i Invalidity) Starved() bool { return i.Code == Saturated }

// byStream are the readings that one stream alone can spoil: writes are what
// loss and leaders are timed by, reads what staleness is seen by. What counts
// requests or records rests on no clock.
var byStream = map[string][]string{
	Read.String():  {MetricStale},
	Write.String(): {MetricRPA, MetricSplitBrain},
}

// byAll are the readings that rest on the times of every stream: the worst route
// decides, and the starved one may have been it.
var byAll = []string{MetricRTA, MetricDeclared, MetricFailover, MetricShift, MetricDowntime, MetricDetect, MetricFailback, MetricFailbackEED, MetricP99,
	MetricAddedLatency, MetricAbort, MetricTimeAvail, MetricFlaps, MetricOvershoot}

// spoils says whether an invalidity makes an objective inconclusive: some spoil
// what rests on time, some what rests on the ledger, all others everything but drift. That
// nothing was lost is counted, so a target of 0 survives a starved generator.
func (i Invalidity) spoils(o Objective) bool {
	if o.Metric == MetricDrift { // looked at before anything ran
		return false
	}
	switch i.Code {
	case Saturated:
		metric, _ := SplitMetric(o.Metric)
		return slices.Contains(byAll, metric) || slices.Contains(byStream[i.Route], o.Metric) && !(o.Metric == MetricRPA && o.Target == 0)
	case "never-read":
		return slices.Contains([]string{MetricRPA, MetricLostWrites, MetricStale, MetricSplitBrain}, o.Metric)
	}
	return true
}
