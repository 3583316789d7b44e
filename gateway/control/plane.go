package control

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/drillctl/drillctl/gateway/routes"
)

const (
	enough    = 20   // requests with a new version before it is judged
	tolerance = 0.05 // by how much more of them may fail than with the version before
)

var (
	errBusy     = errors.New("a version is being tried")
	errNotSaved = errors.New("what was decided holds only until a restart")
)

// A Report is what a gateway says when it asks for its routes.
type Report struct {
	Name     string `json:"name"`
	Region   string `json:"region"`
	URL      string `json:"url"`
	Version  int    `json:"version"`  // that it runs with; 0 is none
	Requests int64  `json:"requests"` // answered with it
	Bad      int64  `json:"bad"`      // of these, failed
}

// A Trial is a version that one region tries for all.
type Trial struct {
	Version int       `json:"version"`
	Region  string    `json:"region"`
	Before  int       `json:"before"`
	Began   time.Time `json:"began"`
}

// A State is all that a control plane knows.
type State struct {
	Tables   []routes.Table    `json:"tables"`  // by version
	Regions  map[string]int    `json:"regions"` // the version that each is to have
	Trial    *Trial            `json:"trial,omitempty"`
	Gateways map[string]Report `json:"gateways"` // the last of each, by name
}

// A plane decides who gets which version. A new one goes to one region first; when
// more requests fail there than with the version before, it is taken back, else
// all others follow.
type plane struct {
	regions    []string // the last one tries
	canary     time.Duration
	everywhere bool // no trial at all: the bug push-everywhere
	tell       func(note string)

	mu    sync.Mutex
	state State
}

func newPlane(c Config, s State, tell func(string)) *plane {
	if len(s.Tables) == 0 {
		s = State{Tables: []routes.Table{routes.First()}, Regions: map[string]int{}}
	}
	s.Gateways = map[string]Report{}
	for _, r := range c.Regions {
		if s.Regions[r] == 0 {
			s.Regions[r] = 1
		}
	}
	return &plane{regions: c.Regions, canary: c.Canary, everywhere: c.pushesEverywhere(), tell: tell, state: s}
}

// push takes in new routes and returns their version.
func (p *plane) push(all []routes.Route) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := routes.Table{Version: len(p.state.Tables) + 1, Routes: all}
	if err := t.Check(); err != nil {
		return 0, err
	}
	if p.state.Trial != nil {
		return 0, fmt.Errorf("%w: version %d in %s", errBusy, p.state.Trial.Version, p.state.Trial.Region)
	}
	p.state.Tables = append(p.state.Tables, t)
	if p.everywhere {
		p.give(t.Version)
		p.tell(fmt.Sprintf("version %d of the routes is for all regions", t.Version))
		return t.Version, nil
	}
	region := p.regions[len(p.regions)-1]
	p.state.Trial = &Trial{Version: t.Version, Region: region, Before: p.state.Regions[region], Began: time.Now()}
	p.state.Regions[region] = t.Version
	p.tell(fmt.Sprintf("version %d of the routes is tried in %s", t.Version, region))
	return t.Version, nil
}

// give has all regions take a version.
func (p *plane) give(version int) {
	for _, r := range p.regions {
		p.state.Regions[r] = version
	}
	p.state.Trial = nil
}

// rollback gives all regions an earlier version, whatever is going on.
func (p *plane) rollback(to int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if to < 1 || to > len(p.state.Tables) {
		return fmt.Errorf("there is no version %d of the routes; the newest is %d", to, len(p.state.Tables))
	}
	p.give(to)
	p.tell(fmt.Sprintf("version %d of the routes is for all regions again", to))
	return nil
}

// poll takes in a gateway's report and returns the routes it is to have. changed
// says that the report has decided a trial.
func (p *plane) poll(r Report) (t routes.Table, changed bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Contains(p.regions, r.Region) {
		return t, false, fmt.Errorf("there is no region %q", r.Region)
	}
	p.state.Gateways[r.Name] = r
	changed = p.judge()
	return p.state.Tables[p.state.Regions[r.Region]-1], changed, nil
}

// judge ends a trial of which enough is known.
func (p *plane) judge() bool {
	t := p.state.Trial
	if t == nil {
		return false
	}
	n, bad := p.sum(t.Version)
	if n < enough {
		return false
	}
	before, share := 0.0, float64(bad)/float64(n)
	if m, b := p.sum(t.Before); m > 0 {
		before = float64(b) / float64(m)
	}
	switch {
	case share > before+tolerance:
		p.state.Regions[t.Region], p.state.Trial = t.Before, nil
		p.tell(fmt.Sprintf("version %d of the routes is taken back from %s: %d of %d requests failed with it", t.Version, t.Region, bad, n))
	case time.Since(t.Began) >= p.canary:
		p.give(t.Version)
		p.tell(fmt.Sprintf("version %d of the routes is for all regions: %d of %d requests failed with it", t.Version, bad, n))
	default:
		return false
	}
	return true
}

// sum adds up the gateways that run with a version.
func (p *plane) sum(version int) (requests, bad int64) {
	for _, r := range p.state.Gateways {
		if r.Version == version {
			requests, bad = requests+r.Requests, bad+r.Bad
		}
	}
	return requests, bad
}

// snapshot is a copy of the state.
func (p *plane) snapshot() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.state
	s.Tables, s.Regions, s.Gateways = slices.Clone(s.Tables), maps.Clone(s.Regions), maps.Clone(s.Gateways)
	return s
}
