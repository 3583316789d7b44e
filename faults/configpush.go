package faults

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

// controlRole is that of the bundled system's control plane.
const controlRole = "control"

var configPush = Kind{
	Name:    "config-push",
	Summary: "Push routes to the gateways of which one leads nowhere.",
	Doc: `The control plane of the bundled system is given the routes that it has, but for one:
path leads to a path at the APIs that does not exist, as a slip of the pen in a release
of the configuration would. To whom it gives them, and when it takes them back, is
its own affair; at the end of the fault what is left is rolled back to the version
of before, which is in the journal before anything is pushed. Verified by what the
control plane says of the gateways, and by a request to one that runs with the new
version, whose answer must say so; in the end none may. When the system has taken a
version back itself that was seen in force, the evidence says so.`,
	Excludes: []string{"kill", "stop", "pause", "power-loss"},
	Fits:     onlyRole(controlRole, "it is no control plane; write it like on: {role: control}, with system.gateway.control-plane"),
	New:      func() Fault { return &ConfigPush{Path: "/orders/*"} },
}

// ConfigPush is a mistake in the gateways' routes.
type ConfigPush struct {
	Path string `json:"path" yaml:"path" doc:"the route that leads nowhere, as it is in the table"`
	// Was is the version of before, filled by Arm.
	Was int `json:"was,omitempty" yaml:"-"`
}

// Check implements Checker.
func (f *ConfigPush) Check() map[string]string {
	if !strings.HasPrefix(f.Path, "/") {
		return map[string]string{"path": fmt.Sprintf("%q is not a path like /orders or /orders/*", f.Path)}
	}
	return nil
}

// controlState is what a control plane says of itself.
type controlState struct {
	Tables []struct {
		Version int           `json:"version"`
		Routes  []gatewayPath `json:"routes"`
	} `json:"tables"`
	Regions  map[string]int `json:"regions"`
	Gateways map[string]struct {
		URL     string `json:"url"`
		Version int    `json:"version"`
	} `json:"gateways"`
}

type gatewayPath struct {
	Path string `json:"path"`
	To   string `json:"to"`
}

// A pushed is one control plane that is to be given bad routes.
type pushed struct {
	asked
	f       *ConfigPush
	routes  []gatewayPath
	version int  // of what was pushed
	seen    bool // with a gateway
}

// Arm implements Fault. All regions must have the same version, and the route must
// be there to be broken.
func (f *ConfigPush) Arm(ctx context.Context, on []Target) (Armed, error) {
	if len(on) != 1 {
		return nil, fmt.Errorf("routes are pushed to one control plane, not to %d", len(on))
	}
	p := &pushed{f: f, asked: asked{on[0].Instance}}
	s, err := p.state(ctx)
	if err != nil {
		return nil, err
	}
	versions := slices.Compact(slices.Sorted(maps.Values(s.Regions)))
	if len(versions) != 1 || versions[0] < 1 || versions[0] > len(s.Tables) {
		return nil, fmt.Errorf("%s: the regions have different versions of the routes: %v", p.name(), s.Regions)
	}
	f.Was = versions[0]
	p.routes = slices.Clone(s.Tables[f.Was-1].Routes)
	at := slices.IndexFunc(p.routes, func(r gatewayPath) bool { return r.Path == f.Path })
	if at < 0 {
		return nil, fmt.Errorf("%s: there is no route %s to be broken, only %v", p.name(), f.Path, p.routes)
	}
	p.routes[at].To = "/drillctl-nowhere" + p.routes[at].To
	return p, nil
}

func (p *pushed) state(ctx context.Context) (controlState, error) {
	var s controlState
	err := askJSON(ctx, p.in, http.MethodGet, "/state", nil, &s)
	return s, err
}

// Fire implements Armed.
func (p *pushed) Fire(ctx context.Context) (map[string]time.Duration, error) {
	var out struct {
		Version int `json:"version"`
	}
	err := askJSON(ctx, p.in, http.MethodPost, "/push", map[string]any{"routes": p.routes}, &out)
	if err != nil {
		return nil, err
	}
	p.version = out.Version
	return map[string]time.Duration{p.name(): mono.Now()}, nil
}

// Revert implements Armed.
func (p *pushed) Revert(ctx context.Context) (map[string]time.Duration, error) {
	err := p.f.Undo(ctx, p.in)
	return map[string]time.Duration{p.name(): mono.Now()}, err
}

// Undo implements Fault.
func (f *ConfigPush) Undo(ctx context.Context, in runtimes.Instance) error {
	if f.Was == 0 {
		return nil // never armed
	}
	return askJSON(ctx, in, http.MethodPost, "/rollback", map[string]int{"to": f.Was}, nil)
}

// Verify implements Armed.
func (p *pushed) Verify(ctx context.Context, want bool) ([]Evidence, error) {
	s, err := p.state(ctx)
	if errors.Is(err, runtimes.ErrGone) {
		return vanished(p.name(), want), nil
	}
	if err != nil {
		return nil, err
	}
	var with []string
	counts := map[int]int{}
	for _, name := range slices.Sorted(maps.Keys(s.Gateways)) {
		v := s.Gateways[name].Version
		if counts[v]++; v != p.f.Was {
			with = append(with, name)
		}
	}
	assigned := slices.ContainsFunc(slices.Collect(maps.Values(s.Regions)), func(v int) bool { return v != p.f.Was })
	back := Evidence{Instance: p.name(), How: "read-back", At: mono.Now(), OK: (len(with) > 0) == want && (want || !assigned && len(s.Gateways) > 0),
		Text: fmt.Sprintf("before: version %d; regions are to have %v; gateways by version: %v", p.f.Was, s.Regions, counts)}
	if want && len(with) == 0 && p.seen {
		back.OK = true
		back.Text = fmt.Sprintf("version %d was in force, and the system has taken it back itself; %s", p.version, back.Text)
		return []Evidence{back}, nil
	}
	p.seen = p.seen || want && len(with) > 0
	ask := slices.Sorted(maps.Keys(s.Gateways))
	if want {
		ask = with
	}
	if len(ask) == 0 {
		return []Evidence{back}, nil
	}
	path := p.tryOne(ctx, s.Gateways[ask[0]].URL)
	path.OK = path.OK && (path.Text == fmt.Sprint(p.f.Was)) != want
	path.Text = fmt.Sprintf("%s answers with version %s", ask[0], path.Text)
	return []Evidence{back, path}, nil
}

// tryOne asks a gateway with which version it answers.
func (p *pushed) tryOne(ctx context.Context, url string) Evidence {
	e := Evidence{Instance: p.name(), How: "data-path", At: mono.Now()}
	ctx, cancel := context.WithTimeout(ctx, doorPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+strings.ReplaceAll(p.f.Path, "*", "0"), nil)
	if err != nil {
		e.Text = err.Error()
		return e
	}
	res, err := through(p.in).RoundTrip(req)
	if err != nil {
		e.Text = agent.Reason(err)
		return e
	}
	defer res.Body.Close()
	e.Text, e.OK = res.Header.Get("X-Config-Version"), true
	return e
}
