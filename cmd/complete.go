package cmd

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/gateway"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/scenarios"
)

type completion = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective)

// completeScenarios offers the library's drills, and files.
func completeScenarios(c *cobra.Command, done []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(done) > 0 && c.Name() != "validate" && c.Name() != "run" {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, s := range scenarios.List() {
		if !slices.Contains(done, s.Name) {
			out = append(out, s.Name+"\t"+s.Title)
		}
	}
	return out, cobra.ShellCompDirectiveDefault
}

func completeRuns(set *settings.Settings) completion {
	return func(c *cobra.Command, done []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(done) > 0 && c.Name() != "report" || set.Load() != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		root, err := set.StateDir()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		dirs, err := rundir.List(root)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		out := []string{"last\tthe newest run"}
		for _, d := range dirs {
			out = append(out, d.ID)
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}

func completeBugs(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, b := range gateway.Bugs() {
		out = append(out, b.Name+"\t"+b.Summary)
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

func completeFormats(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, f := range reports.All() {
		out = append(out, f.Name+"\t"+f.Doc)
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

func completeFaults(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, k := range faults.All() {
		out = append(out, "fault."+k.Name+"\t"+k.Summary)
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

func formatNames() string { return strings.Join(reports.Names(), ", ") }

func bugNames() string {
	var names []string
	for _, b := range gateway.Bugs() {
		names = append(names, b.Name)
	}
	return strings.Join(names, ", ")
}
