package outputs

import (
	"context"
	"errors"
	"fmt"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/trace"
)

// traceReport is the name of a report that is sent, not written.
const traceReport = "otlp"

// exporter is that of --report otlp=URL, or without =URL that of the settings.
func (o Options) exporter(url string, given bool) (*trace.Exporter, error) {
	if !given {
		e, err := o.set.Traces()
		if err == nil && e == nil {
			err = exit.Usagef("--report otlp=URL, or otlp-url in the settings", "--report otlp: it is not said whither")
		}
		return e, err
	}
	headers, err := o.set.Secret("otlp-headers")
	if err != nil {
		return nil, err
	}
	e, err := trace.New(url, headers)
	if err != nil {
		return nil, exit.UsageError{Err: fmt.Errorf("--report otlp: %w", err), Hint: "--report otlp=http://localhost:4318"}
	}
	return e, nil
}

func sendTrace(e *trace.Exporter, rec drill.Record) error {
	if _, err := e.Send(context.Background(), rec); err != nil {
		return fmt.Errorf("send the trace of %s to %s: %w", rec.RunID, e.Name(), err)
	}
	return nil
}

func sendTraces(e *trace.Exporter, s drill.Suite) error {
	var errs []error
	for _, d := range s.Drills {
		for _, rec := range d.Runs {
			errs = append(errs, sendTrace(e, rec))
		}
	}
	return errors.Join(errs...)
}
