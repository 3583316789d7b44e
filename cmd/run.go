package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/scenarios"
)

type runOptions struct {
	name   string
	output string
	quiet  bool
	seed   uint64
	bugs   []string
	// runtime is where the system runs
	runtime string
}

func newRun(env Env, set *settings) *cobra.Command {
	var o runOptions
	var runtime func() string
	c := &cobra.Command{
		Use:   "run SCENARIO",
		Short: "Run a drill and judge it",
		Long: `Run a drill: raise the system, load it, wait until it is steady, do the damage,
take it back, and judge what the clients saw. SCENARIO is a file or the name of
a drill that comes with drillctl (see 'drillctl list').

The table goes to stdout, progress to stderr. Ctrl-C takes everything back and
ends the drill; a second Ctrl-C leaves at once.

` + exitTable,
		Example: `  drillctl run region-blackhole
  drillctl run mine.yaml --output json > record.json
  drillctl run region-power-loss --bug ack-before-replicate   # must fail`,
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: completeScenarios,
		RunE: func(c *cobra.Command, a []string) error {
			o.name = a[0]
			if !c.Flags().Changed("output") {
				o.output = set.v.GetString("output")
			}
			if !c.Flags().Changed("seed") {
				o.seed = newSeed()
			}
			o.runtime = runtime()
			return runRun(c.Context(), env, set, o)
		},
	}
	f := c.Flags()
	runtime = addRuntime(c, set)
	f.StringVarP(&o.output, "output", "o", "table", "what to print: "+formatNames())
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress on stderr")
	f.Uint64Var(&o.seed, "seed", 0, "seed of every random choice (default: a new one, recorded)")
	f.StringSliceVar(&o.bugs, "bug", nil, "switch on a bug of the bundled system: "+bugNames())
	_ = c.RegisterFlagCompletionFunc("bug", completeBugs)
	_ = c.RegisterFlagCompletionFunc("output", completeFormats)
	return c
}

// runRun is the whole of `drillctl run`, from a name to a verdict.
func runRun(ctx context.Context, env Env, set *settings, o runOptions) error {
	format, err := reports.Lookup(o.output)
	if err != nil {
		return usageError{err: err}
	}
	sc, src, err := loadScenario(env, o.name)
	if err != nil {
		return err
	}
	root, err := set.stateDir()
	if err != nil {
		return err
	}
	dir := rundir.Dir{Root: root, ID: rundir.NewID(time.Now(), sc.Name, newSeed())}
	on, err := subjectOf(sc, o.bugs, o.runtime)
	if err != nil {
		return err
	}
	nodes, err := on.Nodes(ctx)
	if err != nil {
		return err
	}
	plan, err := runner.NewPlan(sc, nodes, o.seed)
	if err != nil {
		return usageError{err: err}
	}
	if err := on.Here(ctx); err != nil {
		return err
	}
	if err := errors.Join(refuseOverDamage(ctx, root), sweepData(root)); err != nil {
		return err
	}
	unlock, head, err := register(dir, env, sc, src, o, on, plan)
	if err != nil {
		return err
	}
	defer unlock()
	rec, err := raiseAndRun(ctx, env, set, o, job{on: on, plan: plan, dir: dir, head: head})
	if rec.RunID == "" {
		return err
	}
	rec.Dir = dir.Path("")
	renderErr := format.Render(env.Out, rec, reports.Options{Color: set.useColor(env, env.OutTTY), Width: env.Width()})
	return errors.Join(err, renderErr, verdictOf(rec))
}

// verdictOf is nil for a pass.
func verdictOf(rec drill.Record) error {
	if rec.Verdict == drill.Pass && rec.Outcome == runner.Completed {
		return nil
	}
	return verdictError{rec.Verdict, rec.Outcome}
}

// register makes the run's directory and writes the attempt into it, before
// anything is touched: a drill that never finishes is still on the list.
func register(dir rundir.Dir, env Env, sc *scenarios.Scenario, src []byte, o runOptions, on subject, plan runner.Plan) (func() error, drill.Record, error) {
	head := drill.Record{
		Tool:        tool(),
		Scenario:    drill.ScenarioRef{Name: sc.Name, Path: o.name, SHA256: rundir.Sum(src)},
		Environment: environment(on.Where(), allBugs(sc, o.bugs)),
		Seed:        plan.Seed,
	}
	head.Tool.SHA256 = digest(env.Exe)
	if _, err := rundir.Create(dir.Root, dir.ID); err != nil {
		return nil, head, err
	}
	unlock, err := dir.Lock()
	if err != nil {
		return nil, head, err
	}
	head.Attempt, err = dir.WriteAttempt(time.Now(), head.Scenario, plan.Spec.Objectives)
	if err = errors.Join(err, dir.Write(rundir.Scenario, sc.Resolved())); err != nil {
		return nil, head, errors.Join(err, unlock())
	}
	return unlock, head, nil
}

// interruptible cancels with runner.ErrInterrupted on the first signal and
// leaves on the second.
func interruptible(ctx context.Context, env Env, id string) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	sigs := make(chan os.Signal, 2)
	signal.Notify(sigs, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case <-done:
			return
		case <-sigs:
		}
		fmt.Fprintln(env.Err, "drillctl: interrupted: taking everything back; once more to leave at once")
		cancel(runner.ErrInterrupted)
		select {
		case <-done:
		case <-sigs:
			fmt.Fprintf(env.Err, "drillctl: error: left before everything was taken back\ndrillctl: hint: drillctl recover %s\n", id)
			os.Exit(exitBroken)
		}
	}()
	return ctx, func() { signal.Stop(sigs); close(done); cancel(nil) }
}
