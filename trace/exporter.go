package trace

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	pb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/drillctl/drillctl/notify/post"
)

// tracesPath is where collectors take traces over HTTP.
const tracesPath = "/v1/traces"

// An Exporter sends traces by OTLP over HTTP, as protobuf. It is not the exporter
// of the OpenTelemetry project, which brings all of gRPC with it.
type Exporter struct {
	url     string
	headers http.Header
	secrets []string
}

var _ otlptrace.Client = (*Exporter)(nil)

// New checks an address: without a path it is a collector's, which takes traces
// at /v1/traces. Headers are as in OTEL_EXPORTER_OTLP_HEADERS: key=value,... with
// values escaped as in URLs. Errors hold no values.
func New(address, headers string) (*Exporter, error) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, errors.New("an http:// or https:// URL of a collector is wanted, as http://localhost:4318")
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = tracesPath
	}
	e := &Exporter{url: u.String(), headers: http.Header{}}
	for _, pair := range strings.FieldsFunc(headers, func(r rune) bool { return r == ',' || r == '\n' }) {
		key, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		plain, err := url.PathUnescape(strings.TrimSpace(value))
		if key = strings.TrimSpace(key); !ok || key == "" || err != nil {
			return nil, errors.New("headers are wanted as key=value,key=value, with values escaped as in URLs")
		}
		e.headers.Set(key, plain)
		e.secrets = append(e.secrets, plain)
		e.secrets = append(e.secrets, strings.Fields(plain)...) // "Bearer TOKEN"
	}
	e.headers.Set("Content-Type", "application/x-protobuf")
	return e, nil
}

// Name is the kind and the host.
func (e *Exporter) Name() string { return "otlp " + post.Where(e.url) }

// Start does nothing: every upload is a request of its own.
func (e *Exporter) Start(context.Context) error { return nil }

// Stop does nothing.
func (e *Exporter) Stop(context.Context) error { return nil }

// UploadTraces sends spans. The message has the same form on the wire as an
// ExportTraceServiceRequest.
func (e *Exporter) UploadTraces(ctx context.Context, spans []*pb.ResourceSpans) error {
	body, err := proto.Marshal(&pb.TracesData{ResourceSpans: spans})
	if err != nil {
		return post.Permanent(fmt.Errorf("encode the trace: %w", err))
	}
	_, err = post.Do(ctx, post.Request{URL: e.url, Header: e.headers, Body: body, Secrets: e.secrets})
	return err
}
