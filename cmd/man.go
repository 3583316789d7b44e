package cmd

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/drillctl/drillctl/cmd/build"
	"github.com/drillctl/drillctl/cmd/terminal"
)

// newMan writes man pages and a Markdown reference, for packages and docs.
func newMan(env terminal.Env) *cobra.Command {
	var markdown bool
	c := &cobra.Command{
		Use:   "man DIR",
		Short: "Write man pages (or a Markdown reference) of all commands",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			if err := os.MkdirAll(a[0], 0o755); err != nil {
				return fmt.Errorf("man pages: %w", err)
			}
			forPages(c.Root())
			if err := writePages(c.Root(), a[0], markdown); err != nil {
				return fmt.Errorf("man pages: %w", err)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&markdown, "markdown", false, "write Markdown instead")
	return c
}

func writePages(root *cobra.Command, dir string, markdown bool) error {
	if markdown {
		return doc.GenMarkdownTree(root, dir)
	}
	return doc.GenManTree(root, &doc.GenManHeader{Title: "DRILLCTL", Section: "1", Source: "drillctl " + build.Tool().Version}, dir)
}

// forPages makes the texts of all commands Markdown.
func forPages(c *cobra.Command) {
	c.Long = verbatim(c.Long)
	for _, sub := range c.Commands() {
		forPages(sub)
	}
}

// verbatim makes blocks of indented lines what Markdown keeps as they are.
func verbatim(text string) string {
	var out []string
	block := false
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		indented := strings.HasPrefix(line, "  ")
		if indented && !block && len(out) > 0 && out[len(out)-1] != "" {
			out = append(out, "")
		}
		if block = indented; indented {
			line = "  " + line
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}
