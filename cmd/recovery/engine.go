package recovery

import (
	"context"
	"errors"
	"fmt"

	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runtimes/docker"
)

// onEngine lists what dead runs have on the container engine. Without an engine
// that answers there is nothing to list: what a journal names is asked for, and
// then its absence is an error.
func (r Look) onEngine(ctx context.Context, o Options) ([]docker.Leftover, error) {
	e, err := r.Engines.Get(ctx)
	if err != nil {
		tellUnknown(r.Env, err, o.All)
		return nil, nil
	}
	all, err := e.Leftovers(ctx)
	if err != nil {
		return nil, err
	}
	var out []docker.Leftover
	for _, l := range all {
		if o.wants(l, r.Root) {
			out = append(out, l)
		}
	}
	return out, nil
}

// tellUnknown warns that an engine did not answer. Where there most likely is none, and
// it was not asked for, there is nothing to know.
func tellUnknown(env terminal.Env, err error, asked bool) {
	if asked || !errors.Is(err, docker.ErrNoEngine) {
		fmt.Fprintf(env.Err, "drillctl: warning: what runs have left on a container engine is not known: %v\n", err)
	}
}

// wants says whether a leftover is asked for. What a living drillctl made never
// is.
func (o Options) wants(l docker.Leftover, root string) bool {
	switch {
	case l.Alive == docker.Alive:
		return false
	case len(o.Runs) == 1:
		return l.Run == o.Runs[0]
	case o.All:
		return true
	}
	return l.Dead() && l.StateDir == root
}

// removes is the command that removes a leftover.
func (o Options) removes(l docker.Leftover, root string) string {
	switch {
	case len(o.Runs) == 1:
		return "drillctl recover " + l.Run
	case (Options{}).wants(l, root):
		return "drillctl recover"
	}
	return "drillctl recover --all"
}

func (r Look) sweep(ctx context.Context, left []docker.Leftover) error {
	if len(left) == 0 {
		return nil
	}
	e, err := r.Engines.Get(ctx)
	if err != nil {
		return err
	}
	var errs error
	for _, l := range left {
		err := e.Remove(ctx, l.Run)
		hollow := (*docker.HollowError)(nil)
		switch {
		case err == nil:
			fmt.Fprintf(r.Env.Out, "%s  %s removed\n", l.Run, l.Things())
		case errors.As(err, &hollow):
			fmt.Fprintf(r.Env.Out, "%s  nothing of it is in force any more; %v\n", l.Run, hollow)
		default:
			errs = errors.Join(errs, fmt.Errorf("%w: run %s: %w", runner.ErrStuck, l.Run, err))
		}
	}
	return errs
}
