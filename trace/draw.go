package trace

import (
	"context"
	"maps"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	api "go.opentelemetry.io/otel/trace"

	"github.com/drillctl/drillctl/drill"
)

// draw makes the spans: the drill, in it its phases, its steps with their faults,
// its actions, and the outages that clients saw.
func draw(ctx context.Context, t api.Tracer, rec drill.Record) {
	c := canvas{tracer: t, rec: rec}
	end := rec.Ended.Sub(rec.Began)
	ctx, root, done := c.span(ctx, "drill "+rec.Scenario.Name, 0, end, drillAttributes(rec)...)
	defer done()
	for _, o := range rec.Objectives {
		root.AddEvent("drillctl.objective", api.WithTimestamp(c.at(max(end, 0))), api.WithAttributes(objectiveAttributes(o)...))
	}
	switch {
	case rec.Verdict == drill.Fail, rec.Outcome == "error":
		root.SetStatus(codes.Error, rec.Reason)
	case rec.Verdict == drill.Pass:
		root.SetStatus(codes.Ok, "")
	}
	c.marks(root)
	c.phases(ctx, end)
	for _, f := range rec.Analysis.Faults {
		c.step(ctx, f, end)
	}
	c.actions(ctx, end)
	for _, o := range rec.Analysis.Outages {
		c.outage(ctx, o, end)
	}
}

func drillAttributes(rec drill.Record) []attribute.KeyValue {
	return []attribute.KeyValue{
		semconv.TestSuiteName(rec.Scenario.Name), statusOf(rec), semconv.CICDPipelineRunID(rec.RunID), semconv.CICDPipelineName(rec.Scenario.Name),
		attribute.String("drillctl.run", rec.RunID), attribute.String("drillctl.title", rec.Spec.Title),
		attribute.String("drillctl.verdict", rec.Verdict.String()), attribute.String("drillctl.outcome", rec.Outcome), attribute.String("drillctl.reason", rec.Reason),
		attribute.String("drillctl.system", rec.Environment.System), attribute.String("drillctl.runtime", rec.Environment.Runtime),
		attribute.Bool("drillctl.production", rec.Environment.IsProduction), attribute.Bool("drillctl.taken_back", rec.Cleanup.Verified),
		attribute.StringSlice("drillctl.labels", rec.Scenario.Labels),
	}
}

// statusOf says how the run ended in the words of the conventions, which have none
// for inconclusive: drillctl.verdict does.
func statusOf(rec drill.Record) attribute.KeyValue {
	switch {
	case rec.Outcome != "completed":
		return semconv.TestSuiteRunStatusAborted
	case rec.Verdict == drill.Pass:
		return semconv.TestSuiteRunStatusSuccess
	}
	return semconv.TestSuiteRunStatusFailure
}

func objectiveAttributes(r drill.Result) []attribute.KeyValue {
	out := []attribute.KeyValue{
		semconv.TestCaseName(r.Objective.ID), attribute.String("drillctl.verdict", r.Verdict.String()),
		attribute.Float64("drillctl.target", r.Objective.Target), attribute.String("drillctl.unit", string(r.Objective.Unit)),
	}
	switch r.Verdict {
	case drill.Pass:
		out = append(out, semconv.TestCaseResultStatusPass)
	case drill.Fail:
		out = append(out, semconv.TestCaseResultStatusFail)
	}
	if r.Reading.Known {
		out = append(out, attribute.Float64("drillctl.achieved", r.Reading.Value))
	}
	return out
}

// markKinds are the events of the log that are instants worth seeing in a trace.
var markKinds = map[drill.Kind]bool{drill.KindHealth: true, drill.KindLeader: true, drill.KindRoute: true, drill.KindInstance: true, drill.KindAlert: true,
	drill.KindAbort: true, drill.KindInterrupt: true, drill.KindDeclared: true}

func (c canvas) marks(root api.Span) {
	for _, e := range c.rec.Timeline {
		if !markKinds[e.Kind] {
			continue
		}
		attrs := []attribute.KeyValue{attribute.String("drillctl.subject", e.Subject)}
		if e.Region != "" {
			attrs = append(attrs, semconv.CloudRegion(e.Region))
		}
		if e.Note != "" {
			attrs = append(attrs, attribute.String("drillctl.note", e.Note))
		}
		for _, k := range []string{"to", "by"} {
			if e.Data[k] != "" {
				attrs = append(attrs, attribute.String("drillctl."+k, e.Data[k]))
			}
		}
		root.AddEvent("drillctl."+string(e.Kind), api.WithTimestamp(c.at(e.At)), api.WithAttributes(attrs...))
	}
}

// phases are drawn from the log: a dead run has no others.
func (c canvas) phases(ctx context.Context, end time.Duration) {
	name, from := "", time.Duration(0)
	until := func(to time.Duration) {
		if name != "" && name != drill.PhaseEnd {
			_, _, done := c.span(ctx, "phase "+name, from, to, attribute.String("drillctl.phase", name))
			done()
		}
	}
	for _, e := range c.rec.Timeline {
		if e.Kind == drill.KindPhase {
			until(e.At)
			name, from = e.Subject, e.At
		}
	}
	until(end)
}

// step is from the command until all is gone; the fault in it is the window in
// which the damage was proved. What never ended ends with the drill.
func (c canvas) step(ctx context.Context, f drill.FaultReport, end time.Duration) {
	if !f.IsFired && !f.IsInForce {
		return
	}
	from, to := f.Fired, end
	if !f.IsFired {
		from = f.InForce
	}
	if f.IsGone {
		to = f.Gone
	}
	attrs := []attribute.KeyValue{attribute.String("drillctl.step", f.Step.ID), attribute.String("drillctl.fault", f.Step.Fault), attribute.String("drillctl.text", f.Step.Text),
		attribute.StringSlice("drillctl.regions", f.Step.Regions), attribute.StringSlice("drillctl.targets", f.Step.Targets)}
	if len(f.Step.Regions) == 1 {
		attrs = append(attrs, semconv.CloudRegion(f.Step.Regions[0]))
	}
	ctx, s, done := c.span(ctx, "step "+f.Step.ID, from, to, attrs...)
	defer done()
	fail(s, f.Problem == "" && f.IsInForce, f.Problem)
	if !f.IsInForce {
		return
	}
	_, in, over := c.span(ctx, "fault "+f.Step.Fault, f.InForce, to, append(attrs, attribute.Bool("drillctl.gone", f.IsGone))...)
	for _, name := range slices.Sorted(maps.Keys(f.Effects)) {
		in.AddEvent("drillctl.fault.effect", api.WithTimestamp(c.at(f.Effects[name])), api.WithAttributes(attribute.String("drillctl.subject", name)))
	}
	fail(in, f.IsGone, "not proved that it was taken back")
	over()
}

// actions are programs and questions, from their beginning to their end.
func (c canvas) actions(ctx context.Context, end time.Duration) {
	began := map[string]time.Duration{}
	for _, e := range c.rec.Timeline {
		switch e.Kind {
		case drill.KindActionBegan:
			began[e.Step] = e.At
		case drill.KindActionDone, drill.KindActionFailed:
			c.action(ctx, e.Step, began[e.Step], e.At, e)
			delete(began, e.Step)
		}
	}
	for _, e := range c.rec.Timeline {
		if at, ok := began[e.Step]; ok && e.Kind == drill.KindActionBegan {
			c.action(ctx, e.Step, at, end, e)
		}
	}
}

func (c canvas) action(ctx context.Context, step string, from, to time.Duration, e drill.Event) {
	_, s, done := c.span(ctx, "step "+step, from, to, attribute.String("drillctl.step", step), attribute.String("drillctl.note", e.Note))
	fail(s, e.Kind == drill.KindActionDone, e.Note)
	done()
}

func (c canvas) outage(ctx context.Context, i drill.Incident, end time.Duration) {
	to := end
	if i.IsRecovered {
		to = i.Recovered
	}
	_, s, done := c.span(ctx, "outage", i.Start, to, attribute.Bool("drillctl.recovered", i.IsRecovered), attribute.String("drillctl.cause", i.Cause))
	fail(s, false, "clients saw an outage")
	done()
}
