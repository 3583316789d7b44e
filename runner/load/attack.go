package load

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/load/ask"
	"github.com/drillctl/drillctl/runner/load/bearer"
	"github.com/drillctl/drillctl/runner/load/pace"
	"github.com/drillctl/drillctl/runner/load/probe"
	"github.com/drillctl/drillctl/runner/load/resolve"
	"github.com/drillctl/drillctl/runner/load/rows"
)

// headStart is the time from the start command to the earliest first slot.
const headStart = 20 * time.Millisecond

// An attack is the load of all routes.
type attack struct {
	cfg     Config
	book    *probe.Book
	flight  probe.Flight
	now     func() time.Duration
	box     *outbox
	origins []probe.Origin
	pools   []*http.Transport // of the origins
	dialer  *resolve.Dialer   // for what no client does: final reads, and the database
	routes  []*route
	rows    *rows.DB      // takes the writes; nil when they are requests
	purse   *bearer.Purse // nil when requests show no tokens
}

// startAttack begins the load; it goes on until stop.
func startAttack(cfg Config, box *outbox) (*attack, error) {
	a := &attack{cfg: cfg, box: box, now: probe.Clock(), book: probe.NewBook(cfg.Seed), dialer: resolve.NewDialer(resolve.New(cfg.DNS, nil), cfg.Timeout, cfg.Seed)}
	a.openOrigins()
	if err := a.openRows(); err != nil {
		return nil, err
	}
	if err := a.openPurse(); err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(cfg.Seed, 0))
	t0 := a.now() + headStart
	for r, rate := range []float64{drill.Read: cfg.ReadRate, drill.Write: cfg.WriteRate, drill.Intruder: cfg.IntruderRate} {
		r := drill.Route(r)
		phase := rng.Float64() // drawn for absent routes too: the others' stay
		if rate > 0 {
			grid := pace.NewGrid(rate, t0)
			grid.T0 += time.Duration(phase * float64(grid.Every))
			form, err := a.form(r)
			if err != nil {
				return nil, fmt.Errorf("load %s: %w", r, err)
			}
			if r == drill.Write && a.rows != nil {
				a.routes = append(a.routes, a.startRows(grid))
				continue
			}
			a.routes = append(a.routes, a.start(r, grid, form))
		}
	}
	return a, nil
}

// form is how a route of a foreign system is asked, nil for the bundled one.
func (a *attack) form(which drill.Route) (*ask.Form, error) {
	f := a.cfg.Foreign
	switch {
	case f == nil || which == drill.Intruder || which == drill.Write && f.Postgres != nil:
		return nil, nil
	case which == drill.Write:
		return f.Write.Form(f.names(), http.MethodPost)
	}
	return f.Read.Form(f.names(), http.MethodGet)
}

// targets are the requests of a route.
func (a *attack) targets(which drill.Route, p *pace.Pacer, f *ask.Form) vegeta.Targeter {
	switch {
	case which == drill.Intruder:
		return probe.Intrusions(a.cfg.URL, p, a.book, a.ready)
	case f != nil && which == drill.Write:
		return probe.FormWrites(a.cfg.URL, f, p, a.book)
	case f != nil:
		return probe.FormReads(a.cfg.URL, f, p, a.book)
	case which == drill.Write:
		return probe.Writes(a.cfg.URL, p, a.book)
	}
	return probe.Reads(a.cfg.URL, p, a.book)
}

func (a *attack) start(which drill.Route, grid pace.Grid, form *ask.Form) *route {
	r := &route{name: which.String(), pacer: pace.New(grid, a.now)}
	tripper := &probe.Tripper{
		Origins: probe.NewOrigins(a.origins, a.cfg.Seed, uint64(which)), Route: which, Now: a.now, Grid: grid, Began: a.cfg.BeganMono, Timeout: a.cfg.Timeout,
		Headers: a.cfg.headers(), Send: a.cfg.send(), Form: form, Book: a.book, Flight: &a.flight,
		Emit: func(s drill.Sample) { r.count(s); a.box.put(s) },
	}
	if a.purse != nil {
		tripper.Authorization = a.authorization(which)
	}
	return a.attack(r, tripper, a.targets(which, r.pacer, form))
}

// attack begins the attack of a route.
func (a *attack) attack(r *route, by http.RoundTripper, targets vegeta.Targeter) *route {
	r.attacker = vegeta.NewAttacker(
		vegeta.Client(probe.Client(by)),
		vegeta.MaxWorkers(a.cfg.workers(r.pacer.Rate(0))),
		vegeta.Redirects(vegeta.NoFollow),
	)
	go r.drain(r.attacker.Attack(targets, r.pacer, 0, ""))
	return r
}

func (a *attack) grids() Grids {
	g := Grids{}
	for _, r := range a.routes {
		grid := r.pacer.Grid()
		grid.T0 -= a.cfg.BeganMono
		g[r.name] = grid
	}
	return g
}

// landingLimit bounds the wait for requests that were aborted.
const landingLimit = 2 * time.Second

// stop ends the grids and waits until the requests under way have ended: by
// themselves, for each has its timeout, or as aborted when ctx ends.
func (a *attack) stop(ctx context.Context) Stats {
	defer closePools(a.pools)
	if a.rows != nil {
		defer a.rows.Close()
	}
	// The purse stays open: the final reads show tokens, too.
	for _, r := range a.routes {
		r.pacer.Stop()
		r.attacker.Stop()
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	abort := ctx.Done()
	var giveUp <-chan time.Time
	for !a.landed() {
		select {
		case <-abort:
			a.flight.Abort()
			abort, giveUp = nil, time.After(landingLimit)
		case <-giveUp:
			return a.stats()
		case <-tick.C:
		}
	}
	return a.stats()
}

func (a *attack) landed() bool {
	return !slices.ContainsFunc(a.routes, func(r *route) bool { return !r.landed() })
}

func (a *attack) stats() Stats {
	s := Stats{Routes: map[string]RouteStats{}, Dropped: a.box.lost(), Attempted: a.book.Last()}
	for _, r := range a.routes {
		s.Routes[r.name] = r.stats()
	}
	return s
}
