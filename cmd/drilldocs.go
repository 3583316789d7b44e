package cmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/drillctl/drillctl/scenarios"
)

// drillDocs tells what a drill is about, as Markdown that reads as text.
func drillDocs(w io.Writer, sc *scenarios.Scenario) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n", sc.Name, sc.Title)
	drillSections(&b, sc, "##")
	_, err := io.WriteString(w, b.String())
	return err
}

// drillSections are the parts of a drill's documentation; what it does not say is
// left out.
func drillSections(b *strings.Builder, sc *scenarios.Scenario, level string) {
	section := func(title, text string) {
		if text = strings.TrimSpace(text); text != "" {
			fmt.Fprintf(b, "\n%s %s\n\n%s\n", level, title, text)
		}
	}
	section("What breaks", sc.Description)
	section("What should happen", sc.Expect)
	if p := sc.Proves; p != nil {
		section("What it shows", p.Shows)
		section("Where it comes from", p.Source)
		section("Must fail with", "`"+strings.Join(p.FailsWith, "`, `")+"`")
	}
	if only := sc.Runtimes(); len(only) > 0 {
		section("Runs on", "Only the runtime `"+strings.Join(only, "` or `")+"`, which is chosen by itself: no other can do its damage.")
	}
	spec := sc.Spec()
	var steps, asked []string
	for _, s := range spec.Steps {
		steps = append(steps, fmt.Sprintf("- at %s: %s", s.At, s.Text))
	}
	for _, o := range spec.Objectives {
		asked = append(asked, o.ID)
	}
	section("Steps", strings.Join(steps, "\n"))
	section("Objectives", strings.Join(asked, ", "))
}
