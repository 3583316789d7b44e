// Package recovery finds what dead runs have left, says so, and takes it back.
package recovery

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/journal"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/runtimes/docker"
)

// Options say what is looked at: one run at most, by its ID or path, or with All also
// what others have on the engine. With Check nothing is taken back.
type Options struct {
	Runs       []string
	Check, All bool
}

// A Look is one look at what dead runs left.
type Look struct {
	Env     terminal.Env
	Root    string
	Engines *subject.Engines
	Key     ed25519.PrivateKey // for the new seal of a run that was sealed; nil is none
	Tell    func(rundir.Dir, []runner.Recovery)
}

// Run takes back what is found, and is exit.Told when it was only looked at and there
// is something.
func (r Look) Run(ctx context.Context, o Options) error {
	dirs, err := r.dirs(&o)
	if err != nil {
		return err
	}
	left, err := r.onEngine(ctx, o)
	if err != nil {
		return err
	}
	if o.Check {
		return r.check(o, dirs, left)
	}
	err = SweepData(r.Root)
	if len(dirs)+len(left) == 0 {
		fmt.Fprintln(r.Env.Out, "nothing is outstanding")
		return err
	}
	for _, d := range dirs {
		err = errors.Join(err, r.one(ctx, d))
	}
	return errors.Join(err, r.sweep(ctx, left))
}

func (r Look) check(o Options, dirs []rundir.Dir, left []docker.Leftover) error {
	if len(dirs)+len(left) == 0 {
		fmt.Fprintln(r.Env.Out, "nothing is outstanding")
		return nil
	}
	broken := len(dirs) > 0
	for _, d := range dirs {
		fmt.Fprintf(r.Env.Out, "%s left damage behind: drillctl recover %s\n", d.ID, d.ID)
	}
	for _, l := range left {
		broken = broken || !l.Bare()
		fmt.Fprintf(r.Env.Out, "%s left %s behind: %s\n", l.Run, l.Things(), o.removes(l, r.Root))
	}
	if !broken {
		fmt.Fprintln(r.Env.Out, "nothing is in force: a network alone breaks nothing")
		return nil
	}
	return exit.Told{Code: exit.Broken}
}

// one takes back a run's journalled damage.
func (r Look) one(ctx context.Context, d rundir.Dir) error {
	done, err := Run(ctx, d, r.Opener(d), r.Key)
	for _, x := range done {
		fmt.Fprintf(r.Env.Out, "%s  %s on %s: %s\n", d.ID, x.Entry.Kind, Hurt(x.Entry), Fate(x))
	}
	r.Tell(d, done)
	return err
}

// Hurt names the instance of an entry, whose ID is that of the step and its name.
func Hurt(e journal.Entry) string {
	if _, name, ok := strings.Cut(e.ID, "/"); ok {
		return name
	}
	return e.ID
}

// Fate says what became of damage.
func Fate(r runner.Recovery) string {
	switch {
	case r.Err != nil:
		return "NOT taken back: " + r.Err.Error()
	case r.Gone:
		return "gone with its run, nothing to take back"
	}
	return "taken back"
}

// dirs are the runs whose journals hold damage: all of them, or the one that was
// asked for, which goes by its whole name from there on.
func (r Look) dirs(o *Options) ([]rundir.Dir, error) {
	if len(o.Runs) == 1 {
		d, err := rundir.Find(r.Root, o.Runs[0])
		if err != nil {
			return nil, exit.UsageError{Err: err, Hint: "'drillctl runs' lists them"}
		}
		o.Runs = []string{d.ID}
		left, err := journal.Left(d.Path(rundir.Journal))
		if err != nil {
			return nil, fmt.Errorf("run %s: %w", d.ID, err)
		}
		if len(left) == 0 {
			return nil, nil
		}
		return []rundir.Dir{d}, nil
	}
	left, err := runner.Outstanding(r.Root)
	if err != nil {
		return nil, err
	}
	return slices.Collect(maps.Keys(left)), nil
}
