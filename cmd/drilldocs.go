package cmd

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
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
	var asked []string
	for _, o := range spec.Objectives {
		asked = append(asked, o.ID+" "+figures.Target(o))
	}
	section("Steps", strings.Join(stepLines(spec), "\n"))
	section("Objectives", strings.Join(asked, ", "))
}

// stepLines are the steps by time, with the actions among them.
func stepLines(spec drill.Spec) []string {
	type step struct {
		at   time.Duration
		text string
	}
	var all []step
	for _, s := range spec.Steps {
		all = append(all, step{s.At, s.Text})
	}
	for _, a := range spec.Actions {
		all = append(all, step{a.At, a.Kind + ": " + a.Text})
	}
	slices.SortStableFunc(all, func(a, b step) int { return cmp.Compare(a.at, b.at) })
	var lines []string
	for _, s := range all {
		lines = append(lines, fmt.Sprintf("- at %s: %s", s.at, s.text))
	}
	return lines
}
