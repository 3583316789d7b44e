// Package alerts watches the monitoring of a system while it is drilled: it polls
// Prometheus or Alertmanager and tells every change of the alerts that a scenario
// asks for.
package alerts

import (
	"context"
	"net/http"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// A Watch is an observer of alerts. Each poll is judged by its own times, so that
// a slow or missing answer shows as less resolution and never as an alert.
type Watch struct {
	Spec    drill.MonitoringSpec
	Base    string // of the API's paths, without / at the end
	Headers http.Header
	Client  *http.Client
	Now     func() time.Duration // mono instant
}

// The time that one poll may take: an interval, within these bounds.
const (
	leastPatience = time.Second
	mostPatience  = 10 * time.Second
)

// A source is one API of alerts.
type source interface {
	// look returns the state of each alert, in their order.
	look(ctx context.Context, alerts []drill.AlertSpec) ([]string, error)
}

func (w Watch) source() source {
	a := api{base: w.Base, headers: w.Headers, client: w.Client}
	if w.Spec.Source == drill.Alertmanager {
		return alertmanager{a}
	}
	return &prometheus{api: a}
}

// Observe polls at once and then every interval until ctx ends. A source that
// does not answer is told, and asked again.
func (w Watch) Observe(ctx context.Context, origin time.Duration, emit func(drill.Event)) error {
	p := &polling{Watch: w, from: w.source(), origin: origin, emit: emit, last: -1, states: make([]string, len(w.Spec.Alerts))}
	tick := time.NewTicker(w.Spec.Interval)
	defer tick.Stop()
	for {
		p.poll(ctx)
		select {
		case <-ctx.Done():
			p.leave()
			return nil
		case <-tick.C:
		}
	}
}

// polling is a watch on its way.
type polling struct {
	Watch
	from   source
	origin time.Duration
	emit   func(drill.Event)
	last   time.Duration // when the last poll began that was answered, -1 for never
	states []string
	silent bool
}

func (p *polling) now() time.Duration { return p.Now() - p.origin }

func (p *polling) poll(ctx context.Context) {
	timed, stop := context.WithTimeout(ctx, min(mostPatience, max(leastPatience, p.Spec.Interval)))
	defer stop()
	began := p.now()
	states, err := p.from.look(timed, p.Spec.Alerts)
	at := p.now()
	switch {
	case ctx.Err() != nil: // cut off by the end of the drill: it says nothing
	case err != nil:
		if !p.silent {
			p.emit(drill.MonitoringEvent(at, p.Spec.Who(), drill.SourceSilent, p.last, err.Error()))
		}
		p.silent = true
	default:
		if p.silent || p.last < 0 {
			p.emit(drill.MonitoringEvent(at, p.Spec.Who(), drill.SourceAnswers, p.last, ""))
		}
		p.take(at, states)
		p.last, p.silent = began, false
	}
}

// take tells what has changed since the last answer.
func (p *polling) take(at time.Duration, states []string) {
	for i, a := range p.Spec.Alerts {
		if was := p.states[i]; was != states[i] {
			p.emit(drill.AlertEvent(at, a, was, states[i], p.last))
			p.states[i] = states[i]
		}
	}
}

// leave tells until when there were answers.
func (p *polling) leave() {
	p.emit(drill.MonitoringEvent(p.now(), p.Spec.Who(), drill.SourceLeft, p.last, ""))
}
