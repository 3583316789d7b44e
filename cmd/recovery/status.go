package recovery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/runner/journal"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/runtimes/docker"
)

// A statusLine is one thing that is there.
type statusLine struct{ run, drillctl, what string }

// Status prints what is in force or left. Nothing is touched.
func Status(ctx context.Context, env terminal.Env, root string, g *subject.Engines) error {
	lines, err := runsStatus(root)
	if err != nil {
		return err
	}
	e, err := g.Get(ctx)
	if err != nil {
		tellUnknown(env, err, false)
	} else {
		more, err := engineStatus(ctx, e)
		if err != nil {
			return err
		}
		lines = append(lines, more...)
	}
	if len(lines) == 0 {
		fmt.Fprintln(env.Out, "no drill runs, and nothing is left of one")
		return nil
	}
	tw := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "RUN\tDRILLCTL\tWHAT")
	for _, l := range lines {
		fmt.Fprintf(tw, "%s\t%s\t%s\n", l.run, l.drillctl, l.what)
	}
	if slices.ContainsFunc(lines, func(l statusLine) bool { return l.drillctl == "dead" }) {
		fmt.Fprintln(env.Err, "drillctl: 'drillctl recover --all' takes back what dead runs left")
	}
	return tw.Flush()
}

// runsStatus reads the journals of this state directory.
func runsStatus(root string) ([]statusLine, error) {
	dirs, err := rundir.List(root)
	if err != nil {
		return nil, err
	}
	var lines []statusLine
	for _, d := range dirs {
		is := "dead"
		unlock, err := d.Lock()
		switch {
		case errors.Is(err, rundir.ErrLocked):
			is = "alive"
		case err != nil:
			return nil, err
		default:
			if err := unlock(); err != nil {
				return nil, err
			}
		}
		left, err := journal.Left(d.Path(rundir.Journal))
		if err != nil {
			return nil, fmt.Errorf("run %s: %w", d.ID, err)
		}
		if is == "alive" && len(left) == 0 {
			lines = append(lines, statusLine{d.ID, is, "a drill that runs; no journalled damage is in force"})
		}
		for _, e := range left {
			what := "in force: " + e.Kind + " on " + e.ID
			if e.Kind == subject.KindCompose {
				what = "started for it: Compose project " + e.Ref.ID
			}
			lines = append(lines, statusLine{d.ID, is, what})
		}
	}
	return lines, nil
}

// engineStatus lists what carries drillctl's labels.
func engineStatus(ctx context.Context, e *docker.Engine) ([]statusLine, error) {
	all, err := e.Leftovers(ctx)
	if err != nil {
		return nil, err
	}
	var lines []statusLine
	for _, l := range all {
		what := l.Things()
		if l.Paused > 0 {
			what += fmt.Sprintf(", %d of them paused", l.Paused)
		}
		lines = append(lines, statusLine{l.Run, string(l.Alive), what})
	}
	return lines, nil
}
