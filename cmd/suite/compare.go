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
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/gateway"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/scenarios"
)

// Compare is the whole of `drillctl compare`: the variants of a comparison, one after
// another, and their table.
func Compare(ctx context.Context, env terminal.Env, set *settings.Settings, o Options, name, output string) error {
	all := scenarios.Comparisons()
	c := all[slices.IndexFunc(all, func(c scenarios.Comparison) bool { return c.Name == name })]
	entries, err := variants(c)
	if err != nil {
		return err
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
	ctx, done := terminal.Interruptible(ctx, env, s.going.List)
	defer done()
	began := time.Now()
	s.run(ctx)
	view, err := s.compared(ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(writeComparison(env, set, view, output), s.verdict(began))
}

// variants are a comparison's scenarios.
func variants(c scenarios.Comparison) ([]source.Drill, error) {
	var all []source.Drill
	for _, v := range c.Variants {
		src := v.Source()
		sc, problems := scenarios.Parse(v.Name, src, faults.All())
		if len(problems) > 0 {
			return nil, fmt.Errorf("variant %s: %s", v.Name, problems[0])
		}
		all = append(all, source.Drill{Name: v.Name, Scenario: sc, Source: src})
	}
	return all, nil
}

// compared takes the lines of the table from what was run.
func (s *suite) compared(ctx context.Context, c scenarios.Comparison) (reports.Comparison, error) {
	view := reports.Comparison{Name: c.Name, Title: c.Title, Loss: c.Loss}
	for i, v := range c.Variants {
		nodes, err := s.entries[i].on.Nodes(ctx)
		if err != nil {
			return view, err
		}
		instances := 0
		for _, n := range nodes {
			if n.Role != gateway.RoleClient {
				instances++
			}
		}
		line := reports.LineOf(v.Name, v.Doc, s.done[i].rec, instances)
		if s.done[i].rec.Schema == "" {
			line.Problem = "was not measured"
		}
		view.Variants = append(view.Variants, line)
	}
	return view, nil
}

// verdict is nil when every variant was measured.
func (s *suite) verdict(began time.Time) error {
	var errs []error
	for i, r := range s.done {
		for _, err := range exit.Loud(r.err) {
			errs = append(errs, fmt.Errorf("%s: %w", s.entries[i].Name, err))
		}
	}
	if sum := s.summary(began); sum.Exit != exit.Passed {
		errs = append(errs, exit.Told{Code: sum.Exit})
	}
	return errors.Join(errs...)
}

func writeComparison(env terminal.Env, set *settings.Settings, view reports.Comparison, output string) error {
	switch output {
	case "json":
		return reports.ComparisonJSON(env.Out, view)
	case "markdown":
		return reports.ComparisonMarkdown(env.Out, view)
	case "html":
		return reports.ComparisonHTML(env.Out, view)
	}
	return reports.ComparisonTable(env.Out, view, set.Table(env))
}
