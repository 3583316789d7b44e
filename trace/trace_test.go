package trace

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	common "go.opentelemetry.io/proto/otlp/common/v1"
	coll "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/golden"
)

const sec = time.Second

func record() drill.Record {
	began := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	step := drill.StepSpec{ID: "steps[0]", Fault: "blackhole", Regions: []string{"us-east"}, Targets: []string{"us-east-gateway-1"}, Text: "blackhole on region us-east for 20s"}
	never := drill.StepSpec{ID: "steps[1]", Fault: "latency", Regions: []string{"eu", "us-west"}, Text: "latency on eu"}
	rto := drill.Objective{ID: "rto", Metric: drill.MetricRTA, Op: drill.AtMost, Target: 10, Unit: drill.Seconds}
	phase := func(name string, at time.Duration) drill.Event {
		return drill.Event{At: at, Kind: drill.KindPhase, Subject: name}
	}
	return drill.Record{
		RunID: "20260304T050607-region-blackhole-3f9a", Tool: drill.Tool{Version: "v0.1.0"}, Scenario: drill.ScenarioRef{Name: "region-blackhole", Labels: []string{"release-gate"}},
		Environment: drill.Environment{Runtime: "process", System: "the bundled system", Host: map[string]string{"os": "linux", "arch": "amd64"}},
		Began:       began, Ended: began.Add(48 * sec), Outcome: "completed", Verdict: drill.Fail, Reason: "rto missed", Cleanup: drill.Cleanup{Verified: true},
		Spec: drill.Spec{Title: "The primary region goes silent", Steps: []drill.StepSpec{step, never}},
		Objectives: []drill.Result{{Objective: rto, Reading: drill.Reading{Value: 12.5, Known: true}, Verdict: drill.Fail},
			{Objective: drill.Objective{ID: "rpo", Target: 2, Unit: drill.Seconds}, Verdict: drill.Inconclusive}},
		Analysis: drill.Analysis{
			Faults: []drill.FaultReport{
				{Step: step, Fired: 12 * sec, IsFired: true, InForce: 13 * sec, IsInForce: true, Gone: 33 * sec, IsGone: true, Effects: map[string]time.Duration{"b": 12*sec + 5, "a": 12*sec + 9}},
				{Step: never, Fired: 20 * sec, IsFired: true, Gone: 22 * sec, IsGone: true, Problem: "not proved in force"},
			},
			Outages: []drill.Incident{{Start: 13 * sec, Recovered: 25*sec + 500*time.Millisecond, IsRecovered: true, Cause: "steps[0]"}},
		},
		Timeline: []drill.Event{
			phase("warmup", 0), phase("steady", 2*sec), phase("fault", 7*sec),
			{At: 8 * sec, Kind: drill.KindActionBegan, Step: "steps[2]", Note: "run failover.sh"},
			{At: 9 * sec, Kind: drill.KindActionDone, Step: "steps[2]", Note: "run failover.sh", Data: map[string]string{"output": "planted-secret"}},
			{At: 14 * sec, Kind: drill.KindHealth, Subject: "us-east", Region: "us-east", Data: map[string]string{"by": "dns", "to": "unhealthy"}},
			{At: 30 * sec, Kind: drill.KindActionBegan, Step: "steps[3]", Note: "confirm: look"},
			phase("settle", 33*sec), phase("end", 47*sec),
		},
	}
}

// collect is a collector that keeps the bodies it is sent.
func collect(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) (url string, bodies *[][]byte) {
	t.Helper()
	bodies = &[][]byte{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*bodies = append(*bodies, body)
		answer(w, r)
	}))
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s.URL, bodies
}

func TestTrace(t *testing.T) {
	url, bodies := collect(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" || r.Header.Get("Authorization") != "Bearer planted token" {
			http.Error(w, "what?", http.StatusBadRequest)
		}
	})
	e, err := New(url, "authorization=Bearer%20planted%20token,x-scope=1")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := e.Export(t.Context(), record()); err != nil {
			t.Fatal(err)
		}
	}
	if len(*bodies) != 2 || !bytes.Equal((*bodies)[0], (*bodies)[1]) {
		t.Fatal("exported again, the trace is another one")
	}
	if bytes.Contains((*bodies)[0], []byte("planted")) {
		t.Error("what a program printed is in the trace")
	}
	golden.Assert(t, "trace.txt", written(t, (*bodies)[0]))
}

// A run that died has no end of its phases, its faults and its actions: they end
// where its log does.
func TestTraceOfADeadRun(t *testing.T) {
	rec := record()
	rec.Outcome, rec.Verdict, rec.Reason, rec.Cleanup.Verified, rec.Objectives = "unfinished", drill.Inconclusive, "drillctl died", false, nil
	rec.Ended, rec.Timeline = rec.Began.Add(14*sec), rec.Timeline[:6]
	rec.Analysis = drill.Analysis{Faults: rec.Analysis.Faults[:1], Outages: []drill.Incident{{Start: 13 * sec}}}
	rec.Analysis.Faults[0].IsGone = false
	url, bodies := collect(t, func(http.ResponseWriter, *http.Request) {})
	e, err := New(url+"/v1/traces", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Export(t.Context(), rec); err != nil {
		t.Fatal(err)
	}
	golden.Assert(t, "dead.txt", written(t, (*bodies)[0]))
}

// written is a trace as text: one line a span, deeper ones indented.
func written(t *testing.T, body []byte) []byte {
	t.Helper()
	var data coll.TracesData
	if err := proto.Unmarshal(body, &data); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "resource %s\n", attrs(data.ResourceSpans[0].Resource.Attributes))
	spans := data.ResourceSpans[0].ScopeSpans[0].Spans
	slices.SortStableFunc(spans, func(a, b *coll.Span) int { return int(a.StartTimeUnixNano) - int(b.StartTimeUnixNano) })
	base := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC).UnixNano()
	rel := func(ns uint64) time.Duration { return time.Duration(int64(ns) - base) }
	var below func(parent []byte, indent string)
	below = func(parent []byte, indent string) {
		for _, s := range spans {
			if !bytes.Equal(s.ParentSpanId, parent) {
				continue
			}
			fmt.Fprintf(&b, "%s%s  %s to %s  %s %q\n%s    %s\n", indent, s.Name, rel(s.StartTimeUnixNano), rel(s.EndTimeUnixNano), s.Status.GetCode(), s.Status.GetMessage(), indent, attrs(s.Attributes))
			for _, e := range s.Events {
				fmt.Fprintf(&b, "%s    at %s %s %s\n", indent, rel(e.TimeUnixNano), e.Name, attrs(e.Attributes))
			}
			below(s.SpanId, indent+"  ")
		}
	}
	below(nil, "")
	return b.Bytes()
}

func attrs(kvs []*common.KeyValue) string {
	var out []string
	for _, kv := range kvs {
		text := strings.Join(strings.Fields(kv.Value.String()), " ")
		if strings.HasPrefix(kv.Key, "telemetry.sdk") {
			continue
		}
		_, value, _ := strings.Cut(text, ":")
		out = append(out, kv.Key+"="+strings.TrimSpace(value))
	}
	return strings.Join(out, " ")
}

func TestExportFails(t *testing.T) {
	refusing, _ := collect(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "planted-key is unknown", http.StatusUnauthorized)
	})
	hanging, _ := collect(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	for url, want := range map[string]string{refusing: "401 Unauthorized: *** is unknown", hanging: context.DeadlineExceeded.Error()} {
		e, err := New(url, "x-key=planted-key")
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Export(ctx, record()); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "planted") {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	for _, bad := range [][2]string{{"localhost:4318", ""}, {"ftp://x", ""}, {"http://localhost:4318", "planted"}, {"http://localhost:4318", "a=%zzplanted"}} {
		if _, err := New(bad[0], bad[1]); err == nil || strings.Contains(err.Error(), "planted") {
			t.Errorf("New(%q): %v", bad, err)
		}
	}
}
