package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/process"
)

func newRecover(env Env, set *settings) *cobra.Command {
	var check bool
	c := &cobra.Command{
		Use:   "recover [RUN]",
		Short: "Take back what a dead run left behind",
		Long: `Take back what a run left behind when drillctl was killed, newest first, from the
run's journal. It can be repeated. Without RUN, every dead run is looked at.

` + exitTable,
		Args:              args(cobra.MaximumNArgs(1)),
		ValidArgsFunction: completeRuns(set),
		RunE: func(c *cobra.Command, a []string) error {
			root, err := set.stateDir()
			if err != nil {
				return err
			}
			return runRecover(c.Context(), env, root, a, check)
		},
	}
	c.Flags().BoolVar(&check, "check", false, "only look: exit 5 when something is outstanding")
	return c
}

func runRecover(ctx context.Context, env Env, root string, names []string, check bool) error {
	dirs, err := outstandingDirs(root, names)
	if err != nil {
		return err
	}
	if !check {
		err = sweepData(root)
	}
	if len(dirs) == 0 {
		fmt.Fprintln(env.Out, "nothing is outstanding")
		return err
	}
	if check {
		for _, d := range dirs {
			fmt.Fprintf(env.Out, "%s left damage behind: drillctl recover %s\n", d.ID, d.ID)
		}
		return toldError{exitBroken}
	}
	errs := err
	for _, d := range dirs {
		done, err := runner.Recover(ctx, d, openRuntime)
		for _, r := range done {
			fmt.Fprintf(env.Out, "%s  %s on %s: %s\n", d.ID, r.Entry.Kind, r.Entry.Ref.ID, fate(r))
		}
		errs = errors.Join(errs, err)
	}
	return errs
}

func fate(r runner.Recovery) string {
	switch {
	case r.Err != nil:
		return "NOT taken back: " + r.Err.Error()
	case r.Gone:
		return "gone with its run, nothing to take back"
	}
	return "taken back"
}

func outstandingDirs(root string, names []string) ([]rundir.Dir, error) {
	if len(names) == 1 {
		d, err := rundir.Find(root, names[0])
		if err != nil {
			return nil, usageError{err: err, hint: "'drillctl runs' lists them"}
		}
		return []rundir.Dir{d}, nil
	}
	left, err := runner.Outstanding(root)
	if err != nil {
		return nil, err
	}
	var dirs []rundir.Dir
	for d := range left {
		dirs = append(dirs, d)
	}
	return dirs, nil
}

// openRuntime finds the runtime of a journal entry. A process runtime has ended
// with its run: it lives in a PID namespace that died with drillctl.
func openRuntime(_ context.Context, ref runtimes.Ref) (runtimes.Runtime, error) {
	if ref.Runtime == process.Name {
		return nil, runtimes.ErrGone
	}
	return nil, fmt.Errorf("this drillctl knows no runtime %q", ref.Runtime)
}

// refuseOverDamage keeps a drill from starting over an earlier one's damage.
// Damage that ended with its run is crossed out on the way.
func refuseOverDamage(ctx context.Context, root string) error {
	left, err := runner.Outstanding(root)
	if err != nil {
		return err
	}
	for d := range left {
		if _, err := runner.Recover(ctx, d, onlyGone); err != nil {
			return hinted{fmt.Errorf("%w: run %s left damage behind", runner.ErrCannotRun, d.ID), "drillctl recover " + d.ID}
		}
	}
	return nil
}

// errThere means that damage is really there, so that only recover may act.
var errThere = errors.New("still there")

func onlyGone(ctx context.Context, ref runtimes.Ref) (runtimes.Runtime, error) {
	rt, err := openRuntime(ctx, ref)
	if err != nil {
		return nil, err
	}
	return nil, errors.Join(errThere, rt.Close())
}
