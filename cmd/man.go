package cmd

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// newMan writes man pages and a Markdown reference, for packages and docs.
func newMan(env Env) *cobra.Command {
	var markdown bool
	c := &cobra.Command{
		Use:   "man DIR",
		Short: "Write man pages (or a Markdown reference) of all commands",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			if err := os.MkdirAll(a[0], 0o755); err != nil {
				return fmt.Errorf("man pages: %w", err)
			}
			if markdown {
				return doc.GenMarkdownTree(c.Root(), a[0])
			}
			return doc.GenManTree(c.Root(), &doc.GenManHeader{Title: "DRILLCTL", Section: "1", Source: "drillctl " + tool().Version}, a[0])
		},
	}
	c.Flags().BoolVar(&markdown, "markdown", false, "write Markdown instead")
	return c
}
