// Package cmd is the command line: the only part of drillctl that knows there
// is a terminal. A command parses; a function elsewhere works.
//
// Messages are lower case without a full stop: "drillctl: error: …", then
// "drillctl: hint: …" where the user can act.
package cmd

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
)

// Main runs one command and returns the exit code.
func Main(args []string, env terminal.Env) int {
	env = terminal.Guarded(env)
	root := newRoot(env)
	root.SetArgs(args)
	root.SetIn(env.In)
	root.SetOut(env.Out)
	root.SetErr(env.Err)
	ran, err := root.ExecuteContextC(context.Background())
	exit.Tell(env.Err, ran.CommandPath(), err)
	return exit.Code(err)
}

func newRoot(env terminal.Env) *cobra.Command {
	root, _ := rootAndSettings(env)
	return root
}

func rootAndSettings(env terminal.Env) (*cobra.Command, *settings.Settings) {
	root := group(&cobra.Command{
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

` + exit.Table),
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: false},
	})
	root.SetFlagErrorFunc(flagError)
	set := settings.Bind(root, subject.RuntimeNames())
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
	add("drill", newRun(env, set), newPlan(env, set), newPredict(env, set), newCompare(env, set), newDoctor(env, set), newNotify(env, set), newGateway(env, set))
	add("write", newInit(env), newValidate(env), newList(env), newShow(env), newFaults(env), newExplain(env), newSchema(env))
	add("after", newRuns(env, set), newAnalyze(env, set), newReport(env, set), newStatus(env, set), newRecover(env, set),
		newHistory(env, set), newDue(env, set), newQuarter(env, set), newNote(env, set), newFindings(env, set), newSign(env, set), newVerify(env, set))
	add("more", newVersion(env), newMan(env), newKeygen(env))
	addStandard(root)
	root.AddCommand(hiddenCommands(terminal.Unguarded(env))...) // what they write is read by drillctl
	return root, set
}

// addStandard adds cobra's own commands and makes them refuse what they do not
// know.
func addStandard(root *cobra.Command) {
	root.SetHelpCommandGroupID("more")
	root.SetCompletionCommandGroupID("more")
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "completion":
			group(c)
		case "help":
			c.Args = func(_ *cobra.Command, words []string) error {
				if len(words) == 0 {
					return nil
				}
				if found, _, err := root.Find(words); err == nil && found != root {
					return nil
				}
				return unknownCommand(root, words[0])
			}
		}
	}
}
