package cmd

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/journal"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/runtimes/docker"
)

type recoverOptions struct {
	runs       []string
	check, all bool
}

func newRecover(env terminal.Env, set *settings) *cobra.Command {
	var o recoverOptions
	c := &cobra.Command{
		Use:   "recover [RUN]",
		Short: "Take back what a dead run left behind",
		Long: `Take back what a run left behind when drillctl was killed, newest first, from the
run's journal, and remove the containers and networks that it had made. It can
be repeated. Those whom the settings name are told. Without RUN, every dead run of this state directory is looked at;
with --all also those of others on the same container engine, and those of which
it cannot be told whether their drillctl still runs.

` + exit.Table,
		Args:              args(cobra.MaximumNArgs(1)),
		ValidArgsFunction: completeRuns(set),
		RunE: func(c *cobra.Command, a []string) error {
			root, err := set.stateDir()
			if err != nil {
				return err
			}
			o.runs = a
			key, keyErr := set.signingKey()
			r := recovery{env: env, root: root, engines: newEngines(env, set), key: key, tell: recoveryTold(env, set)}
			return errors.Join(keyErr, r.run(c.Context(), o), r.engines.close())
		},
	}
	c.Flags().BoolVar(&o.check, "check", false, "only look: exit 5 when something is outstanding")
	c.Flags().BoolVar(&o.all, "all", false, "also containers of other state directories")
	return c
}

// A recovery is one look at what dead runs left.
type recovery struct {
	env     terminal.Env
	root    string
	engines *engines
	key     ed25519.PrivateKey // for the new seal of a run that was sealed; nil is none
	tell    func(rundir.Dir, []runner.Recovery)
}

func (r recovery) run(ctx context.Context, o recoverOptions) error {
	dirs, err := outstandingDirs(r.root, o.runs)
	if err != nil {
		return err
	}
	left, err := r.onEngine(ctx, o)
	if err != nil {
		return err
	}
	if o.check {
		return r.check(dirs, left)
	}
	err = sweepData(r.root)
	if len(dirs)+len(left) == 0 {
		fmt.Fprintln(r.env.Out, "nothing is outstanding")
		return err
	}
	for _, d := range dirs {
		err = errors.Join(err, r.one(ctx, d))
	}
	return errors.Join(err, r.sweep(ctx, left))
}

func (r recovery) check(dirs []rundir.Dir, left []docker.Leftover) error {
	if len(dirs)+len(left) == 0 {
		fmt.Fprintln(r.env.Out, "nothing is outstanding")
		return nil
	}
	for _, d := range dirs {
		fmt.Fprintf(r.env.Out, "%s left damage behind: drillctl recover %s\n", d.ID, d.ID)
	}
	for _, l := range left {
		fmt.Fprintf(r.env.Out, "%s left %s behind: drillctl recover\n", l.Run, l.Things())
	}
	return exit.Told{Code: exit.Broken}
}

// one takes back a run's journalled damage.
func (r recovery) one(ctx context.Context, d rundir.Dir) error {
	done, err := recoverRun(ctx, d, r.opener(d), r.key)
	for _, x := range done {
		fmt.Fprintf(r.env.Out, "%s  %s on %s: %s\n", d.ID, x.Entry.Kind, hurt(x.Entry), fate(x))
	}
	r.tell(d, done)
	return err
}

// onEngine lists what dead runs have on the container engine. Without an engine
// that answers there is nothing to list: what a journal names is asked for, and
// then its absence is an error.
func (r recovery) onEngine(ctx context.Context, o recoverOptions) ([]docker.Leftover, error) {
	e, err := r.engines.get(ctx)
	if err != nil {
		return nil, nil
	}
	all, err := e.Leftovers(ctx)
	if err != nil {
		return nil, err
	}
	var out []docker.Leftover
	for _, l := range all {
		if o.wants(l, r.root) {
			out = append(out, l)
		}
	}
	return out, nil
}

// wants says whether a leftover is asked for. What a living drillctl made never
// is.
func (o recoverOptions) wants(l docker.Leftover, root string) bool {
	switch {
	case l.Alive == docker.Alive:
		return false
	case len(o.runs) == 1:
		return l.Run == o.runs[0]
	case o.all:
		return true
	}
	return l.Dead() && l.StateDir == root
}

func (r recovery) sweep(ctx context.Context, left []docker.Leftover) error {
	if len(left) == 0 {
		return nil
	}
	e, err := r.engines.get(ctx)
	if err != nil {
		return err
	}
	var errs error
	for _, l := range left {
		if err := e.Remove(ctx, l.Run); err != nil {
			errs = errors.Join(errs, fmt.Errorf("%w: run %s: %w", runner.ErrStuck, l.Run, err))
			continue
		}
		fmt.Fprintf(r.env.Out, "%s  %s removed\n", l.Run, l.Things())
	}
	return errs
}

// hurt names the instance of an entry, whose ID is that of the step and its name.
func hurt(e journal.Entry) string {
	if _, name, ok := strings.Cut(e.ID, "/"); ok {
		return name
	}
	return e.ID
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
			return nil, exit.UsageError{Err: err, Hint: "'drillctl runs' lists them"}
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
