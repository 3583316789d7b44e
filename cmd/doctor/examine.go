// Package doctor tries whether drills can run here.
package doctor

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/source"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/runner"
)

const doctorPatience = 90 * time.Second // containers take their time

// Examine looks at this machine and, with a scenario, tries its faults.
func Examine(ctx context.Context, env terminal.Env, set *settings.Settings, names []string, runtime string) ([]reports.Check, error) {
	var on subject.Subject
	var plan runner.Plan
	if len(names) > 0 { // a mistake in it is told first
		var err error
		if on, plan, err = toTry(ctx, env, names[0], runtime); err != nil {
			return nil, err
		}
	}
	checks, err := machineChecks(ctx, env, set, runtime)
	if err != nil || on == nil || slices.ContainsFunc(checks, func(c reports.Check) bool { return !c.OK }) {
		return checks, err
	}
	tried, err := trials(ctx, env, set, on, plan)
	return append(checks, tried...), err
}

// toTry is a scenario's system and what would be done to it.
func toTry(ctx context.Context, env terminal.Env, name, runtime string) (subject.Subject, runner.Plan, error) {
	sc, _, err := source.Load(env, name)
	if err != nil {
		return nil, runner.Plan{}, err
	}
	on, err := subject.Of(env, sc, nil, runtime)
	if err != nil {
		return nil, runner.Plan{}, err
	}
	nodes, err := on.Nodes(ctx)
	if err != nil {
		return nil, runner.Plan{}, err
	}
	plan, err := runner.NewPlan(sc, nodes, source.NewSeed())
	if err != nil {
		return nil, plan, exit.UsageError{Err: err}
	}
	return on, plan, nil
}

func machineChecks(ctx context.Context, env terminal.Env, set *settings.Settings, runtime string) ([]reports.Check, error) {
	ctx, cancel := context.WithTimeout(ctx, doctorPatience)
	defer cancel()
	at, err := subject.GroundOf(runtime)
	if err != nil {
		return nil, err
	}
	checks, ok := groundChecks(ctx, env, set, at)
	if ok {
		checks = append(checks, kernelChecks(ctx, env, set, at)...)
	}
	leftovers, err := leftoverCheck(set)
	return append(checks, leftovers, ToldCheck(set)), err
}

// leftoverCheck looks for damage that a dead run left.
func leftoverCheck(set *settings.Settings) (reports.Check, error) {
	c := reports.Check{Name: "leftovers", OK: true, Text: "no dead run left damage behind"}
	root, err := set.StateDir()
	if err != nil {
		return c, err
	}
	left, err := runner.Outstanding(root)
	if err != nil {
		return c, err
	}
	for d := range left {
		c = reports.Check{Name: "leftovers", Text: "run " + d.ID + " left damage behind", Hint: "drillctl recover " + d.ID}
	}
	return c, nil
}

// ToldCheck says whom the settings name to be told, without sending anything.
func ToldCheck(set *settings.Settings) reports.Check {
	c := reports.Check{Name: "who is told", OK: true, Text: "nobody: no channel is configured"}
	to, err := set.Recipients()
	if err != nil {
		return reports.Check{Name: c.Name, Text: err.Error(), Hint: "drillctl notify --help"}
	}
	var names []string
	for _, ch := range to.Channels {
		names = append(names, ch.Name())
	}
	if to.Traces != nil {
		names = append(names, to.Traces.Name())
	}
	if len(names) > 0 {
		c.Text = strings.Join(names, ", ") + "; 'drillctl notify test' tries them"
	}
	if !set.Notifies() {
		c.Text = "nobody: notify is false"
	}
	return c
}
