package cmd

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/scenarios"
)

func newList(env terminal.Env) *cobra.Command {
	var label, strategy string
	c := &cobra.Command{
		Use:   "list",
		Short: "List the drills that come with drillctl, by strategy",
		Long: `List the drills that come with drillctl, by the strategy that they drill.
'drillctl show --docs NAME' tells all about one. Sets are labels: ci for every
release, quarterly for the audit. A terminal that is too narrow for all columns
shows the first ones.`,
		Args: args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			rows, begins := drillRows(func(l scenarios.Listing) bool {
				return (label == "" || slices.Contains(l.Labels, label)) && (strategy == "" || l.Strategy == strategy)
			})
			columns := len(rows[0])
			if env.OutTTY {
				columns = fitting(rows, env.Width())
			}
			return listDrills(env.Out, rows, begins, columns)
		},
	}
	c.Flags().StringVar(&label, "label", "", "only drills with this label")
	c.Flags().StringVar(&strategy, "strategy", "", "only drills of this strategy")
	return c
}

// drillRows are the lines of the list, and before which of them a strategy begins.
func drillRows(wanted func(scenarios.Listing) bool) (rows [][]string, begins map[int]string) {
	rows, begins = [][]string{{"NAME", "WHAT", "MUST FAIL WITH", "RUNTIME", "LABELS"}}, map[int]string{}
	for _, g := range scenarios.ByStrategy() {
		begins[len(rows)] = g.Title
		for _, l := range g.Drills {
			if wanted(l) {
				rows = append(rows, []string{l.Name, l.Title, strings.Join(l.Proves.FailsWith, ", "),
					cmp.Or(strings.Join(l.Runtimes, ", "), "any"), strings.Join(l.Labels, ", ")})
			}
		}
	}
	return rows, begins
}

const listGap = 2 // columns of the terminal between two of the list

// fitting is how many columns, from the first, have room in a width; two are always
// shown.
func fitting(rows [][]string, width int) int {
	need := -listGap
	for i := range rows[0] {
		widest := 0
		for _, r := range rows {
			widest = max(widest, utf8.RuneCountInString(r[i]))
		}
		if need += listGap + widest; need > width && i >= 2 {
			return i
		}
	}
	return len(rows[0])
}

// listDrills writes one table, with a line before each strategy's drills.
func listDrills(w io.Writer, rows [][]string, begins map[int]string, columns int) error {
	var table bytes.Buffer
	tw := tabwriter.NewWriter(&table, 0, 0, listGap, ' ', 0)
	for _, r := range rows {
		fmt.Fprintln(tw, strings.Join(r[:columns], "\t"))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	var out strings.Builder
	for i, line := range strings.SplitAfter(table.String(), "\n") {
		if title := begins[i]; title != "" && line != "" {
			fmt.Fprintf(&out, "\n%s\n", strings.ToUpper(title))
		}
		out.WriteString(line)
	}
	if left := rows[0][columns:]; len(left) > 0 {
		fmt.Fprintf(&out, "\nno room here for %s: drillctl list | less -S\n", strings.ToLower(strings.Join(left, ", ")))
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
	return nil
}
