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
		case len(c.ValidArgs) > 0:
			return exit.Usagef("", "%q takes %s, but got %q", c.CommandPath(), want, strings.Join(got, " "))
		}
		return exit.Usagef("", "%q takes %s and nothing more, but got %q, too", c.CommandPath(), want, got[1])
	}
}

// unknownCommand names the nearest commands.
func unknownCommand(c *cobra.Command, word string) error {
	hint := ""
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
