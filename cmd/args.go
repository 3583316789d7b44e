package cmd

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/outputs"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/subject"
)

// argHints say where to get what a command wants.
var argHints = map[string]string{
	"SCENARIO":    "'drillctl list' lists the drills that come with drillctl, 'drillctl init mine.yaml' writes one to start from",
	"SCENARIO...": "'drillctl list' lists the drills that come with drillctl, 'drillctl init mine.yaml' writes one to start from",
	"FILE...":     "'drillctl init mine.yaml' writes a scenario to start from",
	"RUN...":      "'drillctl runs' lists them, 'last' is the newest",
	"RUN":         "'drillctl runs' lists them, 'last' is the newest",

	"fault.NAME|metric.NAME": "'drillctl faults' lists the faults, 'drillctl explain metric.' and TAB the metrics",
}

// args wraps a cobra check so that its complaint is a usage error that says
// what is missing or too much.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, got []string) error {
		err := check(c, got)
		if err == nil {
			return nil
		}
		_, want, _ := strings.Cut(c.Use, " ")
		switch {
		case want == "" && c.HasAvailableSubCommands():
			return unknownCommand(c, got[0])
		case want == "":
			return exit.Usagef("", "%q takes no arguments, but got %q", c.CommandPath(), got[0])
		case len(got) == 0:
			return exit.Usagef(argHints[want], "%q needs %s", c.CommandPath(), want)
		case len(c.ValidArgs) > 0 || len(got) < len(strings.Fields(want)):
			return exit.Usagef("", "%q takes %s, but got %q", c.CommandPath(), want, strings.Join(got, " "))
		}
		return exit.Usagef("", "%q takes %s and nothing more, but got %q, too", c.CommandPath(), want, got[len(strings.Fields(want))])
	}
}

// unknownCommand names the nearest commands.
func unknownCommand(c *cobra.Command, word string) error {
	hint := fmt.Sprintf("see '%s --help'", c.CommandPath()) // not that of help, which asks, too
	if near := c.SuggestionsFor(word); len(near) > 0 {
		hint = fmt.Sprintf("did you mean '%s %s'?", c.CommandPath(), strings.Join(near, "' or '"+c.CommandPath()+" "))
	}
	return exit.Usagef(hint, "%q has no command %q", c.CommandPath(), word)
}

// group makes a command that only holds others: alone it shows its help, and an
// unknown word after it is wrong usage.
func group(c *cobra.Command) *cobra.Command {
	c.Args = args(cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	c.SuggestionsMinimumDistance = 2
	return c
}

// flagError is a complaint about flags, with the nearest flag as its hint.
func flagError(c *cobra.Command, err error) error {
	word, unknown := strings.CutPrefix(err.Error(), "unknown flag: --")
	hint, best := "", 3
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if d := levenshtein.ComputeDistance(word, f.Name); unknown && !f.Hidden && d < best {
			hint, best = fmt.Sprintf("did you mean --%s?", f.Name), d
		}
	})
	return exit.UsageError{Err: plainFlagError(err), Hint: hint}
}

// parserNoise is what Go's parsers put before the reason.
var parserNoise = regexp.MustCompile(`strconv\.\w+: parsing "[^"]*": |time: `)

// plainFlagError makes an error of the flag parser readable.
func plainFlagError(err error) error {
	return errors.New(parserNoise.ReplaceAllString(err.Error(), ""))
}

// addRuntime gives a command the flag --runtime; the setting of the same name
// is its default.
func addRuntime(c *cobra.Command, set *settings.Settings) func() string {
	name := c.Flags().String("runtime", subject.Auto, "where the system runs: "+strings.Join(subject.RuntimeNames(), ", "))
	_ = c.RegisterFlagCompletionFunc("runtime", cobra.FixedCompletions(subject.RuntimeNames(), cobra.ShellCompDirectiveNoFileComp))
	return func() string {
		if c.Flags().Changed("runtime") {
			return *name
		}
		return set.Runtime()
	}
}

// addOutputs gives a command the flags of reports; what it returns is for when they
// have been read.
func addOutputs(c *cobra.Command, set *settings.Settings, o *outputs.Options) func() {
	c.Flags().StringVarP(&o.Output, "output", "o", "table", "what to print: "+formatNames())
	c.Flags().StringSliceVar(&o.Reports, "report", nil, "reports, as FORMAT for stdout or FORMAT=PATH, many at once: table,junit=junit.xml,json=run.json; otlp=URL sends a trace")
	_ = c.RegisterFlagCompletionFunc("output", completeFormats)
	_ = c.RegisterFlagCompletionFunc("report", completeFormats)
	return func() { o.Resolve(c.Flags().Changed("output"), set) }
}
