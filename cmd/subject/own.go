package subject

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/load"
	"github.com/drillctl/drillctl/runner/load/ask"
	"github.com/drillctl/drillctl/runner/load/probe"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/host"
	"github.com/drillctl/drillctl/scenarios"
)

// reached is a system of the user's own that is only reached: nothing of it is
// started or stopped, and the load runs on this machine.
type reached struct {
	url    scenarios.URL
	load   scenarios.Load
	lookup func(string) (string, bool) // of the environment
}

// Where implements subject.
func (r reached) Where() Where { return Where{Runtime: host.Name, System: r.url.Entry} }

// Nodes implements subject: the only one is this machine.
func (r reached) Nodes(context.Context) ([]runtimes.Node, error) {
	return []runtimes.Node{host.Node()}, nil
}

// Here implements subject.
func (r reached) Here(context.Context) error {
	_, _, err := r.foreign("check")
	return err
}

// Raise implements subject.
func (r reached) Raise(_ context.Context, p Place) (*Raised, error) {
	f, secrets, err := r.foreign(p.ID)
	if err != nil {
		return nil, err
	}
	rt := host.New(p.Env.Exe)
	entry, err := r.entry()
	if err != nil {
		return nil, err
	}
	return &Raised{
		Runtime: rt, Nodes: []runtimes.Node{host.Node()}, Entry: entry, Client: rt.Instance(), foreign: f, Secrets: secrets,
		Text: r.url.Entry + " is loaded from this machine", End: rt.Close,
	}, nil
}

// foreign is how the system is asked, with the values of the environment put in.
func (r reached) foreign(run string) (*load.Foreign, *ask.Secrets, error) {
	f := &load.Foreign{Run: run, ServedBy: probe.Headers{
		Region: r.url.ServedBy.Region, Instance: r.url.ServedBy.Instance, Leader: r.url.ServedBy.Leader, Epoch: r.url.ServedBy.Epoch,
	}}
	var s ask.Secrets
	var err error
	put := func(text string) string {
		out, e := s.Resolve(text, r.lookup)
		if e != nil && err == nil {
			err = exit.Hint(fmt.Errorf("%w: %w", runner.ErrCannotRun, e), "export it; the scenario asks for it")
		}
		return out
	}
	if r.load.Read != nil {
		f.Read = filled(*r.load.Read, put)
	}
	if r.load.Write != nil {
		w := filled(*r.load.Write, put)
		f.Write = &w
	}
	if r.load.ReadBack != nil {
		b := *r.load.ReadBack
		b.Path, b.Headers = put(b.Path), filledPairs(b.Headers, put)
		f.ReadBack = &b
	}
	if r.load.Postgres != nil {
		p := *r.load.Postgres
		p.Password = put(p.Password)
		f.Postgres = &p
	}
	return f, &s, err
}

// filled is a request with the values of the environment. What answers must be
// like is no place for them: reports show it.
func filled(r ask.Request, put func(string) string) ask.Request {
	r.Path, r.Body, r.Headers = put(r.Path), put(r.Body), filledPairs(r.Headers, put)
	return r
}

func filledPairs(p ask.Pairs, put func(string) string) ask.Pairs {
	out := maps.Clone(p)
	for _, name := range slices.Sorted(maps.Keys(out)) {
		out[name] = put(out[name])
	}
	return out
}
