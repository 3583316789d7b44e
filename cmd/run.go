package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/rundir"
)

type runOptions struct {
	names    []string
	labels   []string
	out      outputOptions
	dryRun   bool // plan only
	quiet    bool
	yes      bool
	seed     *uint64 // nil draws one
	bugs     []string
	parallel int
	failFast bool
	trials   int
	baseline []string
	runtime  string // where the system runs
}

func newRun(env Env, set *settings) *cobra.Command {
	var o runOptions
	var seed uint64
	var runtime func() string
	c := &cobra.Command{
		Use:   "run SCENARIO...",
		Short: "Run drills and judge them",
		Long: `Run a drill: raise the system, load it, wait until it is steady, do the damage,
take it back, and judge what the clients saw. SCENARIO is a file, a directory of
files, or the name of a drill that comes with drillctl (see 'drillctl list').

Several are a suite: each gets a run directory of its own, a table sums them up,
and the exit code is the worst of them, in the order 5, 130, 1, 4, 2, 3, 0. All
scenarios are read before the first one starts. --label keeps those that carry
one of the labels; without SCENARIO it chooses among the drills of drillctl.

--trials runs each scenario several times, with a seed and so a phase of its own;
each must pass. --baseline holds the runs against earlier ones of the same system,
load and damage on the same kind of machine: RUN, a file of the json format, or
last-pass for the newest 50 that passed. What gets worse by more than the
scenario's regression allows, and hardly by chance, is a missed objective; too few
runs say how many it takes.

Reports go to stdout, progress to stderr. Ctrl-C takes everything back and ends
the suite; a second Ctrl-C leaves at once.

` + exitTable,
		Example: `  drillctl run region-blackhole
  drillctl run mine.yaml --output json > record.json
  drillctl run drills/ --label release-gate --fail-fast
  drillctl run region-blackhole --trials 3 --baseline last-pass
  drillctl run region-power-loss --bug ack-before-replicate   # must fail`,
		Args:              args(scenariosOrLabel),
		ValidArgsFunction: completeScenarios,
		RunE: func(c *cobra.Command, a []string) error {
			o.names = a
			if c.Flags().Changed("seed") {
				o.seed = &seed
			}
			if c.Flags().Changed("notify") {
				_ = set.v.BindPFlag("notify", c.Flags().Lookup("notify")) // fails for a nil flag only
			}
			o.out.resolve(c, set)
			o.runtime = runtime()
			return runRun(c.Context(), env, set, o)
		},
	}
	f := c.Flags()
	runtime = addRuntime(c, set)
	o.out.flags(c)
	f.StringSliceVar(&o.labels, "label", nil, "only scenarios with one of these labels")
	f.BoolVar(&o.dryRun, "dry-run", false, "say what would be hit, and when, as 'drillctl plan' does; nothing is touched")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress on stderr")
	f.BoolVarP(&o.yes, "yes", "y", false, "confirm everything that a drill asks the operator")
	f.Bool("notify", true, "tell those whom the settings name ('drillctl notify' says which)")
	f.Uint64Var(&seed, "seed", 0, "seed of every random choice; wins over the scenario's (default: a new one, recorded)")
	f.IntVar(&o.parallel, "parallel", 1, "drills at the same time; they share the machine, and that shows in their times")
	f.BoolVar(&o.failFast, "fail-fast", false, "start no further drill after one that did not pass")
	f.IntVar(&o.trials, "trials", 1, "runs of each scenario, each with its own seed; all must pass")
	f.StringSliceVar(&o.baseline, "baseline", nil, "compare with earlier runs: RUN, FILE or "+lastPass)
	f.StringSliceVar(&o.bugs, "bug", nil, "switch on a bug of the bundled system: "+bugNames())
	_ = c.RegisterFlagCompletionFunc("bug", completeBugs)
	return c
}

// scenariosOrLabel wants scenarios, or a label to choose them by.
func scenariosOrLabel(c *cobra.Command, got []string) error {
	if l := c.Flags().Lookup("label"); l != nil && l.Changed {
		return nil
	}
	return cobra.MinimumNArgs(1)(c, got)
}

// runRun is the whole of `drillctl run`, from names to a verdict.
func runRun(ctx context.Context, env Env, set *settings, o runOptions) error {
	outs, err := o.out.parse()
	if err != nil {
		return err
	}
	if _, err := set.signingKey(); err != nil { // not first when there is a run to be signed
		return usageError{err: err}
	}
	entries, err := gather(env, o.names, o.labels)
	if err != nil {
		return err
	}
	if o.dryRun {
		return rehearse(ctx, env, set, o, entries)
	}
	s, err := newSuite(env, set, o, entries)
	if err != nil {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	if err := s.clear(ctx); err != nil {
		return err
	}
	ctx, done := interruptible(ctx, env, s.going.list)
	defer done()
	began := time.Now()
	s.run(ctx)
	return s.tell(outs, began)
}

// clear is nil when no earlier run has left damage; what is left of data goes.
func (s *suite) clear(ctx context.Context) error {
	left := recovery{env: s.env, root: s.root, engines: newEngines(s.env, s.set)}
	return errors.Join(refuseOverDamage(ctx, left), left.engines.close(), sweepData(s.root))
}

// prepare asks of each scenario whether it can be carried out here, before the
// first one is.
func (s *suite) prepare(ctx context.Context) error {
	var errs []error
	for i := range s.entries {
		e := &s.entries[i]
		var err error
		var plan runner.Plan
		if e.on, err = subjectOf(s.env, e.sc, s.opts.bugs, s.opts.runtime); err == nil {
			plan, err = e.plan(ctx, 0)
		}
		if err == nil {
			err = needOperator(s.env, plan, s.opts.yes)
		}
		if err == nil {
			err = e.on.Here(ctx)
		}
		if err == nil && len(s.opts.baseline) > 0 {
			e.by, err = s.measureBy(ctx, *e)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// carryOut is one drill, from a scenario that was read to a record.
func (s *suite) carryOut(ctx context.Context, env Env, u unit) result {
	e := s.entries[u.drill]
	dir := rundir.Dir{Root: s.root, ID: rundir.NewID(time.Now(), e.sc.Name, newSeed())}
	plan, err := e.plan(ctx, u.seed)
	if err != nil {
		return result{err: err}
	}
	unlock, head, err := register(ctx, dir, env, e, s.opts, plan)
	if err != nil {
		return result{err: err}
	}
	s.going.add(dir.ID)
	defer s.going.remove(dir.ID)
	told := hooked{hooks: s.hooks, env: env, run: hookRun{Dir: dir, Head: head, Scenario: e.sc, Spec: plan.Spec, Trial: u.trial, Trials: s.opts.trials}}
	told.before(ctx)
	rec, err := raiseAndRun(ctx, env, s.set, s.opts, job{on: e.on, plan: plan, dir: dir, head: head, told: told, desk: s.desk})
	if rec.Schema != "" {
		rec.Dir = dir.Path("")
	}
	return result{rec: rec, err: err, settle: func(r *result) error {
		if rec := told.after(ctx, r.rec, r.err); r.rec.Schema != "" {
			r.rec = rec
		}
		return unlock()
	}}
}

// plan picks the targets with a seed; nothing is touched.
func (e entry) plan(ctx context.Context, seed uint64) (runner.Plan, error) {
	nodes, err := e.on.Nodes(ctx)
	if err != nil {
		return runner.Plan{}, err
	}
	seeded := *e.sc
	seeded.Seed = &seed
	plan, err := runner.NewPlan(&seeded, nodes, seed)
	if err != nil {
		return plan, usageError{err: err}
	}
	return plan, nil
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
func register(ctx context.Context, dir rundir.Dir, env Env, e entry, o runOptions, plan runner.Plan) (func() error, drill.Record, error) {
	head := drill.Record{
		RunID:       dir.ID,
		Tool:        tool(),
		Scenario:    e.ref(),
		Environment: environment(e.on.Where(), allBugs(e.sc, o.bugs)),
		Seed:        plan.Seed,
	}
	head.Tool.SHA256 = digest(env.Exe)
	configuration, err := e.look(ctx, dir.Root, &head)
	if err != nil {
		return nil, head, fmt.Errorf("look at the configuration: %w", err)
	}
	if _, err := rundir.Create(dir.Root, dir.ID); err != nil {
		return nil, head, err
	}
	unlock, err := dir.Lock()
	if err != nil {
		return nil, head, err
	}
	head.Attempt, err = dir.WriteAttempt(time.Now(), head.Scenario, plan.Spec.Objectives)
	early := head
	early.Began = head.Attempt.RegisteredAt
	if err = errors.Join(err, dir.Write(rundir.Scenario, e.sc.Resolved()), dir.WriteJSON(rundir.Configuration, configuration), runner.Register(dir, plan, early)); err != nil {
		return nil, head, errors.Join(err, unlock())
	}
	return unlock, head, nil
}

// ref says which scenario an entry is, by content.
func (e entry) ref() drill.ScenarioRef {
	return drill.ScenarioRef{Name: e.sc.Name, Path: e.name, SHA256: rundir.Sum(e.src), Labels: e.sc.Labels}
}

// interruptible cancels with runner.ErrInterrupted on the first signal and
// leaves on the second, with the line that mends what each run left.
func interruptible(ctx context.Context, env Env, going func() []string) (context.Context, func()) {
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
			fmt.Fprintf(env.Err, "drillctl: error: left before everything was taken back\ndrillctl: hint: %s\n", recoverLines(going()))
			os.Exit(exitBroken)
		}
	}()
	return ctx, func() { signal.Stop(sigs); close(done); cancel(nil) }
}

func recoverLines(ids []string) string {
	var lines []string
	for _, id := range ids {
		lines = append(lines, "drillctl recover "+id)
	}
	return strings.Join(lines, "; ")
}
