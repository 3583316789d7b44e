package suite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/source"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/scenarios"
)

// TellPlan prints what a drill would do. It looks, and touches nothing.
func TellPlan(ctx context.Context, env terminal.Env, set *settings.Settings, sc *scenarios.Scenario, o Options) error {
	var seed uint64
	switch {
	case o.Seed != nil:
		sc.Seed = o.Seed
	case sc.Seed == nil:
		seed = source.NewSeed()
	}
	on, err := subject.Of(env, sc, o.Bugs, o.Runtime)
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
	return reports.Plan(env.Out, planView(plan, on.Where(), nodes), set.Table(env))
}

// rehearse is `drillctl run --dry-run`: the plans of all scenarios.
func rehearse(ctx context.Context, env terminal.Env, set *settings.Settings, o Options, drills []source.Drill) error {
	if o.Out.Chosen || len(o.Out.Reports) > 0 {
		return exit.Usagef("leave out --output and --report", "--dry-run prints plans: there are no reports of what was not run")
	}
	var errs []error
	for i, e := range drills {
		if i > 0 {
			fmt.Fprintln(env.Out)
		}
		errs = append(errs, TellPlan(ctx, env, set, e.Scenario, o))
	}
	return errors.Join(errs...)
}

func planView(p runner.Plan, w subject.Where, nodes []runtimes.Node) reports.PlanView {
	v := reports.PlanView{Scenario: p.Spec.Scenario, Seed: p.Seed, Runtime: w.Runtime}
	at := p.Spec.Steady.For + p.Jitter.Round(10*time.Millisecond)
	v.Phases = []reports.PlanPhase{
		{Name: "steady", At: 0, For: at},
		{Name: "fault", At: at, For: p.End()},
		{Name: "settle", At: at + p.End(), For: p.Spec.Settle},
	}
	for _, s := range p.Steps {
		v.Steps = append(v.Steps, reports.PlanStep{ID: s.Spec.ID, At: s.Spec.At, For: s.Spec.For, Fault: s.Kind.Name, Targets: s.Targets, Text: s.Spec.Text, Others: s.Others()})
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
