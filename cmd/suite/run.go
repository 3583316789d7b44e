package suite

import (
	"context"
	"time"

	"github.com/drillctl/drillctl/cmd/outputs"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/source"
	"github.com/drillctl/drillctl/cmd/terminal"
)

// Options are what `drillctl run` was asked for.
type Options struct {
	Names    []string
	Labels   []string
	Out      outputs.Options
	DryRun   bool // plan only
	Quiet    bool
	Yes      bool
	Seed     *uint64 // nil draws one
	Bugs     []string
	Parallel int
	FailFast bool
	Trials   int
	Baseline []string
	Runtime  string // where the system runs
}

// Run is the whole of `drillctl run`, from names to a verdict.
func Run(ctx context.Context, env terminal.Env, set *settings.Settings, o Options) error {
	outs, err := o.Out.Parse()
	if err != nil {
		return err
	}
	if _, err := set.SigningKey(); err != nil { // not first when there is a run to be signed
		return err
	}
	entries, err := source.Gather(env, o.Names, o.Labels)
	if err != nil {
		return err
	}
	if o.DryRun {
		return rehearse(ctx, env, set, o, entries)
	}
	s, err := newSuite(env, set, o, entries)
	if err != nil {
		return err
	}
	if err := outputs.Printable(outs, len(s.units)); err != nil {
		return err
	}
	began := time.Now()
	err = s.prepare(ctx)
	if err == nil {
		err = s.clear(ctx)
	}
	if err != nil {
		return s.refuse(outs, began, err)
	}
	ctx, done := terminal.Interruptible(ctx, env, s.going.List)
	defer done()
	s.run(ctx)
	return s.tell(outs, began)
}
