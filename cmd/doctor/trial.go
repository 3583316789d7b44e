package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/runner"
)

// trialPatience is for a system to be raised and each of its faults tried.
const trialPatience = 5 * time.Minute

// trials raise a scenario's system, try each of its faults on one instance, and
// take the system down. One that runs already is not touched.
func trials(ctx context.Context, env terminal.Env, set *settings.Settings, on subject.Subject, plan runner.Plan) ([]reports.Check, error) {
	if _, ours := on.(subject.Bundled); !ours {
		return untried(plan), nil
	}
	ctx, cancel := context.WithTimeout(ctx, trialPatience)
	defer cancel()
	ctx, done := terminal.Interruptible(ctx, env, func() []string { return nil })
	defer done()
	root, err := set.StateDir()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return nil, fmt.Errorf("state directory: %w", err)
	}
	dir, err := os.MkdirTemp(root, "doctor-")
	if err != nil {
		return nil, fmt.Errorf("state directory: %w", err)
	}
	defer os.RemoveAll(dir)
	sys, err := on.Raise(ctx, subject.Place{Env: env, ID: filepath.Base(dir), State: root, Logs: filepath.Join(dir, "logs"), Data: filepath.Join(dir, "data"), Remote: set.AllowRemote()})
	if errors.Is(context.Cause(ctx), runner.ErrInterrupted) {
		if sys != nil {
			err = sys.End()
		}
		return nil, errors.Join(fmt.Errorf("%w; nothing was tried", runner.ErrInterrupted), err)
	}
	if err != nil {
		return []reports.Check{{Name: "the system", Text: err.Error(), Hint: "the checks above say what is missing"}}, nil
	}
	checks := []reports.Check{{Name: "the system", OK: true, Text: sys.Text}}
	tried, err := runner.Try(ctx, plan, sys.Runtime, mono.Now)
	for _, t := range tried {
		checks = append(checks, trialCheck(t))
	}
	for _, s := range plan.Steps {
		if s.Kind.Outside {
			checks = append(checks, reports.Check{Name: s.Spec.ID + " " + s.Kind.Name, OK: true, Text: "not tried: it is done outside of the system"})
		}
	}
	if errors.Is(context.Cause(ctx), runner.ErrInterrupted) {
		err = fmt.Errorf("%w; the throwaway system is gone with all damage", runner.ErrInterrupted)
	}
	return checks, errors.Join(err, sys.End())
}

// untried are the faults of a system that is not ours to break.
func untried(plan runner.Plan) []reports.Check {
	var checks []reports.Check
	for _, s := range plan.Steps {
		checks = append(checks, reports.Check{Name: s.Spec.ID + " " + s.Kind.Name, OK: true, Text: "not tried: that system runs already, and is not raised for this"})
	}
	return checks
}

func trialCheck(t runner.Trial) reports.Check {
	c := reports.Check{Name: t.Step.Spec.ID + " " + t.Step.Kind.Name, OK: t.Err == nil && t.Stuck == nil}
	switch {
	case t.Err != nil:
		c.Text, c.Hint = t.Err.Error(), "'drillctl explain fault."+t.Step.Kind.Name+"' says what it needs"
	case t.Stuck != nil:
		c.Text, c.Hint = "in force, but not taken back: "+t.Stuck.Error(), "do not run this drill here"
	default:
		c.Text = fmt.Sprintf("in force after %s, gone after %s; %s", t.Took.Round(time.Millisecond), t.Gone.Round(time.Millisecond), way(t.Evidence))
	}
	return c
}

// way is the first of the evidence: what the runtime or the kernel says of itself.
func way(evidence string) string {
	first, _, _ := strings.Cut(evidence, "\n")
	return first
}
