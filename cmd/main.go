// Package cmd is the command line: the only part of drillctl that knows there
// is a terminal. A command parses; a function elsewhere works.
//
// Messages are lower case without a full stop: "drillctl: error: …", then
// "drillctl: hint: …" where the user can act.
package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// Main runs one command and returns the exit code.
func Main(args []string, env Env) int {
	root := newRoot(env)
	root.SetArgs(args)
	root.SetIn(env.In)
	root.SetOut(env.Out)
	root.SetErr(env.Err)
	ran, err := root.ExecuteContextC(context.Background())
	code := exitCode(err)
	tell(env, ran, err)
	return code
}

// tell prints an error once, with its hint.
func tell(env Env, ran *cobra.Command, err error) {
	var v verdictError
	var told toldError
	if err == nil || errors.As(err, &v) && !isJoined(err) || errors.As(err, &told) && !isJoined(err) {
		return
	}
	fmt.Fprintf(env.Err, "drillctl: error: %s\n", err)
	var u usageError
	if errors.As(err, &u) {
		hint := u.hint
		if hint == "" {
			hint = fmt.Sprintf("see '%s --help'", ran.CommandPath())
		}
		fmt.Fprintf(env.Err, "drillctl: hint: %s\n", hint)
		return
	}
	if h := hintOf(err); h != "" {
		fmt.Fprintf(env.Err, "drillctl: hint: %s\n", h)
	}
}

// isJoined says whether there is more in err than a silent verdict.
func isJoined(err error) bool {
	_, joined := err.(interface{ Unwrap() []error })
	return joined
}

// hintOf finds the remedy that an error carries.
func hintOf(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}

func newRoot(env Env) *cobra.Command {
	root := &cobra.Command{
		Use:   "drillctl",
		Short: "Break a region on purpose and measure what it costs",
		Long: strings.TrimSpace(`
drillctl runs disaster-recovery drills against API gateways: it raises or finds
a system, loads it, breaks a part of it, and measures failover time, RTO, RPO
and error budget from the client's own requests. A fault is proved in force and
proved gone; what cannot be known is inconclusive, never a pass.

  drillctl run region-blackhole      a whole drill in about a minute
  drillctl list                      the drills that come with it
  drillctl init > mine.yaml          a commented scenario to start from

` + exitTable),
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: false},
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usageError{err: err} })
	set := bindSettings(root, env)
	root.AddGroup(
		&cobra.Group{ID: "drill", Title: "Drills:"},
		&cobra.Group{ID: "write", Title: "Scenarios:"},
		&cobra.Group{ID: "after", Title: "Afterwards:"},
		&cobra.Group{ID: "more", Title: "More:"},
	)
	add := func(group string, cs ...*cobra.Command) {
		for _, c := range cs {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	add("drill", newRun(env, set), newPlan(env, set), newDoctor(env, set), newGateway(env, set))
	add("write", newInit(env), newValidate(env), newList(env), newShow(env), newFaults(env), newExplain(env), newSchema(env))
	add("after", newRuns(env, set), newAnalyze(env, set), newRecover(env, set))
	add("more", newVersion(env), newMan(env))
	root.SetHelpCommandGroupID("more")
	root.SetCompletionCommandGroupID("more")
	root.AddCommand(hiddenCommands(env)...)
	return root
}

// args wraps a cobra check so that its complaint is a usage error.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, got []string) error {
		if err := check(c, got); err != nil {
			return usageError{err: err}
		}
		return nil
	}
}
