package recovery

import (
	"context"
	"errors"
	"fmt"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/compose"
	"github.com/drillctl/drillctl/runtimes/docker"
	"github.com/drillctl/drillctl/runtimes/host"
	"github.com/drillctl/drillctl/runtimes/process"
)

// Opener finds the runtimes of a run's journal. A process runtime has ended
// with its run: it lives in a PID namespace that died with drillctl. The run's
// own containers are removed, and damage to them is gone only when they are.
func (r Look) Opener(d rundir.Dir) runner.Opener {
	removed := map[string]bool{}
	return func(ctx context.Context, ref runtimes.Ref) (runtimes.Runtime, error) {
		switch ref.Runtime {
		case process.Name:
			return nil, runtimes.ErrGone
		case host.Name:
			return host.New(""), nil // commands need no binary of ours
		case docker.Name, compose.Name:
		default:
			return nil, fmt.Errorf("this drillctl knows no runtime %q", ref.Runtime)
		}
		e, err := r.Engines.Get(ctx)
		if err != nil {
			return nil, err
		}
		if ref.Runtime == compose.Name {
			return subject.ComposeTaker{Engine: e, Tell: r.Env.Err}, nil
		}
		if !removed[ref.System] {
			err := e.Remove(ctx, ref.System)
			if hollow := (*docker.HollowError)(nil); err != nil && !errors.As(err, &hollow) {
				return nil, err
			}
			removed[ref.System] = true
		}
		return r.Engines.Reopen(ctx, d, ref)
	}
}

// Refuse keeps a drill from starting over an earlier one's damage.
// Damage that ended with its run is crossed out on the way.
func Refuse(ctx context.Context, r Look) error {
	left, err := runner.Outstanding(r.Root)
	if err != nil {
		return err
	}
	for d := range left {
		if _, err := Run(ctx, d, r.onlyGone(d), nil); err != nil {
			return exit.Hint(fmt.Errorf("%w: run %s left damage behind", runner.ErrCannotRun, d.ID), "drillctl recover "+d.ID)
		}
	}
	return nil
}

func (r Look) onlyGone(d rundir.Dir) runner.Opener {
	return func(ctx context.Context, ref runtimes.Ref) (runtimes.Runtime, error) {
		switch ref.Runtime {
		case docker.Name:
		case compose.Name:
			e, err := r.Engines.Get(ctx)
			if err != nil {
				return nil, err
			}
			return nil, subject.ComposeLeft(ctx, e, ref.ID)
		case host.Name: // this machine is always there, and so is what was done from it
			return nil, subject.ErrThere
		default:
			return r.Opener(d)(ctx, ref)
		}
		rt, err := r.Engines.Reopen(ctx, d, ref)
		if err != nil {
			return nil, err
		}
		_, err = rt.Reopen(ctx, ref)
		if closeErr := rt.Close(); closeErr != nil {
			return nil, closeErr
		}
		if errors.Is(err, runtimes.ErrGone) {
			return nil, runtimes.ErrGone
		}
		return nil, errors.Join(subject.ErrThere, err)
	}
}
