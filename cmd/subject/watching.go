package subject

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/alerts"
	"github.com/drillctl/drillctl/runner/load/ask"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/scenarios"
)

// PollHeaders are those with which a scenario's monitoring is asked, with the
// values of the environment put in.
func PollHeaders(m *scenarios.Monitoring, secrets *ask.Secrets, lookup func(string) (string, bool)) (http.Header, error) {
	h := http.Header{}
	if m == nil {
		return h, nil
	}
	for _, name := range slices.Sorted(maps.Keys(m.Headers)) {
		value, err := secrets.Resolve(m.Headers[name], lookup)
		if err != nil {
			return h, exit.Hint(fmt.Errorf("%w: monitoring.headers.%s: %w", runner.ErrCannotRun, name, err), "export it; the scenario asks for it")
		}
		h.Set(name, value)
	}
	return h, nil
}

// Observers watch beside the load: the system's own words, and its monitoring.
func (r *Raised) Observers(spec drill.Spec, headers http.Header) ([]runner.Observer, error) {
	all := []runner.Observer{runner.NodeEvents{Runtime: r.Runtime}, runner.InstanceEvents{Runtime: r.Runtime}}
	if spec.Monitoring == nil {
		return all, nil
	}
	w := alerts.Watch{Spec: *spec.Monitoring, Base: strings.TrimRight(spec.Monitoring.URL, "/"), Headers: headers, Client: &http.Client{Transport: transport(nil)}, Now: mono.Now}
	if w.Base == "" {
		dialer, ok := r.Runtime.(runtimes.Dialer)
		if !ok || r.Entry.Monitor == "" {
			return nil, fmt.Errorf("%w: the system has no monitor to ask for alerts", runner.ErrCannotRun)
		}
		w.Base, w.Client.Transport = r.Entry.Monitor, transport(dialer)
	}
	return append(all, w), nil
}

// transport keeps one connection; with a dialer it goes through that, and no
// proxy of the environment's comes between.
func transport(through runtimes.Dialer) *http.Transport {
	t := &http.Transport{Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext, MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute}
	if through != nil {
		t.Proxy, t.DialContext = nil, through.DialContext
	}
	return t
}
