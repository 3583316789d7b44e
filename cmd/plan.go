package cmd

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/scenarios"
)

func newPlan(env terminal.Env, set *settings) *cobra.Command {
	var seed uint64
	var bugs []string
	var runtime func() string
	c := &cobra.Command{
		Use:   "plan SCENARIO",
		Short: "Say what would be hit, and when; nothing is touched",
		Long: `Say what a drill would do: which instances every step would hit, and when.
Nothing is started and nothing is touched. With the same --seed, 'drillctl run'
hits the same instances.`,
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: completeScenarios,
		RunE: func(c *cobra.Command, a []string) error {
			sc, _, err := loadScenario(env, a[0])
			if err != nil {
				return err
			}
			o := runOptions{bugs: bugs, runtime: runtime()}
			if c.Flags().Changed("seed") {
				o.seed = &seed
			}
			return tellPlan(c.Context(), env, set, sc, o)
		},
	}
	runtime = addRuntime(c, set)
	c.Flags().Uint64Var(&seed, "seed", 0, "seed of every random choice; wins over the scenario's (default: a new one, printed)")
	c.Flags().StringSliceVar(&bugs, "bug", nil, "as for run: "+bugNames())
	_ = c.RegisterFlagCompletionFunc("bug", completeBugs)
	return c
}

// tellPlan prints what a drill would do. It looks, and touches nothing.
func tellPlan(ctx context.Context, env terminal.Env, set *settings, sc *scenarios.Scenario, o runOptions) error {
	var seed uint64
	switch {
	case o.seed != nil:
		sc.Seed = o.seed
	case sc.Seed == nil:
		seed = newSeed()
	}
	on, err := subjectOf(env, sc, o.bugs, o.runtime)
	if err != nil {
		return err
	}
	nodes, err := on.Nodes(ctx)
	if err != nil {
		return err
	}
	plan, err := runner.NewPlan(sc, nodes, seed)
	if err != nil {
		return exit.UsageError{Err: err}
	}
	return reports.Plan(env.Out, planView(plan, on.Where(), nodes), set.tableOptions(env))
}

// rehearse is `drillctl run --dry-run`: the plans of all scenarios.
func rehearse(ctx context.Context, env terminal.Env, set *settings, o runOptions, entries []entry) error {
	if o.out.chosen || len(o.out.reports) > 0 {
		return exit.Usagef("leave out --output and --report", "--dry-run prints plans: there are no reports of what was not run")
	}
	var errs []error
	for i, e := range entries {
		if i > 0 {
			fmt.Fprintln(env.Out)
		}
		errs = append(errs, tellPlan(ctx, env, set, e.sc, o))
	}
	return errors.Join(errs...)
}

// newSeed is small enough to survive readers of JSON that keep numbers as
// floats.
func newSeed() uint64 { return rand.Uint64() >> 11 }

func planView(p runner.Plan, w where, nodes []runtimes.Node) reports.PlanView {
	v := reports.PlanView{Scenario: p.Spec.Scenario, Seed: p.Seed, Runtime: w.Runtime}
	at := p.Spec.Steady.For + p.Jitter.Round(10*time.Millisecond)
	v.Phases = []reports.PlanPhase{
		{Name: "steady", At: 0, For: at},
		{Name: "fault", At: at, For: p.End()},
		{Name: "settle", At: at + p.End(), For: p.Spec.Settle},
	}
	for _, s := range p.Steps {
		v.Steps = append(v.Steps, reports.PlanStep{ID: s.Spec.ID, At: s.Spec.At, For: s.Spec.For, Fault: s.Kind.Name, Targets: s.Targets, Text: s.Spec.Text})
	}
	for _, a := range p.Actions {
		v.Steps = append(v.Steps, reports.PlanStep{ID: a.Spec.ID, At: a.Spec.At, Within: a.Spec.Timeout, Fault: a.Spec.Kind, Targets: a.Spec.Targets, Text: a.Spec.Text})
	}
	slices.SortStableFunc(v.Steps, func(a, b reports.PlanStep) int { return int(a.At - b.At) })
	for _, n := range nodes {
		v.Instances = append(v.Instances, reports.PlanInstance{Name: n.Name, Region: n.Region, Role: n.Role, Addr: addrOf(n)})
	}
	return v
}

// addrOf is the first address of a node, "" when it has none of its own.
func addrOf(n runtimes.Node) string {
	if len(n.Addrs) == 0 {
		return ""
	}
	return n.Addrs[0].String()
}
