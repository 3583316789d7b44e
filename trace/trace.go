// Package trace makes an OpenTelemetry trace of a drill out of its record: one
// span a phase, step and fault, at the times of the event log. The same record
// gives the same trace, with the same ids, whenever it is exported.
package trace

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	api "go.opentelemetry.io/otel/trace"

	"github.com/drillctl/drillctl/drill"
)

// Export sends the trace of a record; one try, bounded by ctx.
func (e *Exporter) Export(ctx context.Context, rec drill.Record) error {
	exp, err := otlptrace.New(ctx, e)
	if err != nil {
		return err
	}
	spans := &collector{}
	p := sdk.NewTracerProvider(sdk.WithSyncer(spans), sdk.WithIDGenerator(&ids{run: rec.RunID}), sdk.WithSampler(sdk.AlwaysSample()),
		sdk.WithResource(resource.NewWithAttributes(semconv.SchemaURL, resourceOf(rec)...)), sdk.WithRawSpanLimits(unlimited))
	draw(ctx, p.Tracer("github.com/drillctl/drillctl", api.WithInstrumentationVersion(rec.Tool.Version)), rec)
	if err := exp.ExportSpans(ctx, spans.ended); err != nil {
		return err
	}
	return exp.Shutdown(ctx)
}

// unlimited ignores OTEL_SPAN_*: a record is whole or it is none.
var unlimited = sdk.SpanLimits{AttributeValueLengthLimit: -1, AttributeCountLimit: -1, EventCountLimit: -1, LinkCountLimit: -1, AttributePerEventCountLimit: -1, AttributePerLinkCountLimit: -1}

func resourceOf(rec drill.Record) []attribute.KeyValue {
	return []attribute.KeyValue{
		semconv.ServiceName("drillctl"), semconv.ServiceVersion(rec.Tool.Version), semconv.ServiceInstanceID(rec.RunID),
		attribute.String("os.type", rec.Environment.Host["os"]), attribute.String("host.arch", rec.Environment.Host["arch"]),
	}
}

// A collector keeps the spans until all are there, so that a trace goes out in
// one piece.
type collector struct{ ended []sdk.ReadOnlySpan }

func (c *collector) ExportSpans(_ context.Context, spans []sdk.ReadOnlySpan) error {
	c.ended = append(c.ended, spans...)
	return nil
}

func (c *collector) Shutdown(context.Context) error { return nil }

// ids numbers the spans of a run, so that an export that is repeated is the same.
type ids struct {
	run string
	n   uint64
}

func (g *ids) NewIDs(ctx context.Context) (api.TraceID, api.SpanID) {
	t := TraceID(g.run)
	return t, g.NewSpanID(ctx, t)
}

func (g *ids) NewSpanID(_ context.Context, t api.TraceID) (s api.SpanID) {
	g.n++
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(t[:], g.n))
	copy(s[:], sum[:])
	return s
}

// TraceID is that of a run.
func TraceID(run string) (t api.TraceID) {
	sum := sha256.Sum256([]byte("drillctl run " + run))
	copy(t[:], sum[:])
	return t
}

// A canvas draws spans at times of the drill.
type canvas struct {
	tracer api.Tracer
	rec    drill.Record
}

func (c canvas) at(d time.Duration) time.Time { return c.rec.Began.Add(d) }

// span draws one from and to times of the drill and returns the context of its
// children.
func (c canvas) span(ctx context.Context, name string, from, to time.Duration, attrs ...attribute.KeyValue) (context.Context, api.Span, func()) {
	ctx, s := c.tracer.Start(ctx, name, api.WithTimestamp(c.at(from)), api.WithAttributes(attrs...))
	return ctx, s, func() { s.End(api.WithTimestamp(c.at(max(from, to)))) }
}

func fail(s api.Span, ok bool, why string) {
	if !ok {
		s.SetStatus(codes.Error, why)
	}
}
