package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/source"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/scenarios"
)

func newValidate(env terminal.Env) *cobra.Command {
	var output string
	c := &cobra.Command{
		Use:   "validate FILE...",
		Short: "Find every mistake in scenarios",
		Long: `Find every mistake in scenarios: unknown keys, bad units, contradictions, targets
that cannot match, objectives that nothing can measure. The files of a Compose
application are read, too, with this environment. Exit 2 when there is a mistake.`,
		Args:              args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: completeScenarios,
		RunE:              func(_ *cobra.Command, a []string) error { return runValidate(env, a, output) },
	}
	c.Flags().StringVarP(&output, "output", "o", "text", "what to print: text, json")
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func runValidate(env terminal.Env, files []string, output string) error {
	if output != "text" && output != "json" {
		return exit.Usagef("text or json", "unknown output %q", output)
	}
	all := []scenarios.Problem{}
	var unread []error
	for _, name := range files {
		file, src, err := source.Open(env, name)
		if err != nil {
			unread = append(unread, err) // the others are looked at all the same
			continue
		}
		sc, problems := scenarios.Parse(file, src, faults.All())
		if len(problems) == 0 && sc.System.Compose != nil {
			_, problems = subject.LoadCompose(sc)
		}
		all = append(all, problems...)
		if output == "json" {
			continue
		}
		for _, p := range problems {
			fmt.Fprint(env.Out, p.Format(src))
		}
		if len(problems) == 0 {
			fmt.Fprintf(env.Out, "%s: valid\n", file)
		}
	}
	if output == "json" {
		if err := writeJSON(env.Out, all); err != nil {
			return err
		}
	}
	if len(unread) == 0 && len(all) > 0 {
		return exit.Told{Code: exit.Usage}
	}
	return errors.Join(unread...)
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
