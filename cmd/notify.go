package cmd

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/build"
	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/hooks"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/notify"
	"github.com/drillctl/drillctl/reports"
)

func newNotify(env terminal.Env, set *settings.Settings) *cobra.Command {
	c := group(&cobra.Command{
		Use:   "notify",
		Short: "Try the channels over which people are told of drills",
		Long: `People are told when a drill begins, when each fault is in force and gone, of an
abort, and how it ended. Settings say over which channels (drillctl.yaml or
DRILLCTL_*; a KEY-file names a file that holds the value):

  notify-urls      shoutrrr URLs, white space between them: slack://, smtp://, ...
  webhook-url      gets each message as JSON, signed with webhook-secret
  webhook-secret
  grafana-url      gets an annotation for each fault's window and for the drill
  grafana-token    ... of a service account; grafana-dashboard is a UID
  otlp-url         gets a trace of the drill; otlp-headers are key=value,...

What cannot be delivered never changes a verdict and never delays a drill; it is
on the run's record. 'drillctl run --notify=false' tells nobody.`,
	})
	c.AddCommand(&cobra.Command{
		Use:   "test",
		Short: "Send a test message over every channel",
		Long: `Send a message that says that it is a test over every channel of the settings, an
annotation to Grafana and a trace of one span. Exit 0 when all arrived, 4 when
not, 2 when there is nobody to tell.`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return runNotifyTest(c.Context(), env, set) },
	})
	return c
}

// trying bounds a test: no more tries than a person waits for.
var trying = notify.Limits{Total: 10 * time.Second}

func runNotifyTest(ctx context.Context, env terminal.Env, set *settings.Settings) error {
	to, err := set.Recipients()
	if err != nil {
		return err
	}
	if to.None() {
		return exit.Usagef("'drillctl notify --help' lists the settings", "nobody would be told: no channel is configured")
	}
	now := time.Now()
	m := notify.New(to.Channels, trying)
	m.Tell(notify.Probe(now))
	probe := drill.Record{RunID: "notify-test", Tool: build.Tool(), Scenario: drill.ScenarioRef{Name: "notify-test"}, Outcome: "completed", Verdict: drill.Inconclusive,
		Reason: "a test of drillctl's notifications", Environment: subject.Environment(subject.Where{Runtime: "none", System: "none"}, nil), Began: now.Add(-time.Second), Ended: now}
	notices := append(m.Close(), hooks.ExportTrace(ctx, to.Traces, probe)...)
	var checks []reports.Check
	failed := false
	for _, n := range notices {
		check := reports.Check{Name: n.Channel, OK: len(n.Unsent) == 0, Text: "a test message was accepted"}
		if !check.OK {
			check.Text, check.Hint = n.Unsent[0].Why, "its settings: drillctl notify --help"
			failed = true
		}
		checks = append(checks, check)
	}
	if err := reports.Checks(env.Out, checks, set.Table(env)); err != nil {
		return err
	}
	if failed {
		return exit.Told{Code: exit.CannotRun}
	}
	return nil
}
