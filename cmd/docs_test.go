package cmd

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/internal/golden"
	"github.com/drillctl/drillctl/reports/quarter"
	"github.com/drillctl/drillctl/scenarios"
)

const (
	docs      = "../docs"
	generated = "<!-- Generated: go test ./cmd -run TestDocs -update -->\n"
)

// The reference is what the commands say of themselves.
func TestDocsReference(t *testing.T) {
	dir := t.TempDir()
	if code, _, stderr := invoke("man", "--markdown", dir); code != exit.Passed {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	made, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, e := range made {
		known[e.Name()] = true
		page, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		golden.AssertFile(t, filepath.Join(docs, "reference", e.Name()), page)
	}
	kept, err := os.ReadDir(filepath.Join(docs, "reference"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range kept {
		if !known[e.Name()] && !removed(t, e.Name()) {
			t.Errorf("docs/reference/%s is about no command (-update removes it)", e.Name())
		}
	}
}

// removed removes a page of no command when asked to -update.
func removed(t *testing.T, page string) bool {
	if f := flag.Lookup("update"); f == nil || f.Value.String() != "true" {
		return false
	}
	if err := os.Remove(filepath.Join(docs, "reference", page)); err != nil {
		t.Error(err)
	}
	return true
}

func TestDocsFaults(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(generated + "# Faults\n\nEvery kind of damage, as `drillctl explain fault.NAME` tells it. The\n[quarterly report](history.md) says which classes were drilled in which region.\n\n| fault | what | class | if drillctl dies |\n| --- | --- | --- | --- |\n")
	for _, k := range faults.All() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s |\n", k.Name, k.Name, k.Summary, quarter.Class(k.Name), held(k))
	}
	for _, k := range faults.All() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n%s\n\n", k.Name, k.Summary, strings.TrimSpace(k.Doc))
		b.WriteString("| key | value | default | what |\n| --- | --- | --- | --- |\n| `on` | selection | | whom it hits: region, role, service, name, label, pick |\n")
		if k.Peers {
			b.WriteString("| `from` | selection | | the other side, chosen like `on` |\n")
		}
		if !k.Instant {
			b.WriteString("| `for` | duration | | how long it lasts |\n")
		}
		for _, p := range faults.Params(k) {
			doc := p.Doc
			if len(p.Enum) > 0 {
				doc += ": " + strings.Join(p.Enum, ", ")
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", p.Name, p.Type, p.Default, doc)
		}
		if len(k.Runtimes) > 0 {
			fmt.Fprintf(&b, "\nOnly in the runtime: %s.\n", strings.Join(k.Runtimes, ", "))
		}
		if len(k.Excludes) > 0 {
			fmt.Fprintf(&b, "\nNot on one target together with: %s.\n", strings.Join(k.Excludes, ", "))
		}
	}
	b.WriteString("\n## Not among them: clocks\n\nNo fault sets or skews a clock. Containers have the clock of their machine: Linux\nhas no namespace for the time of day, so setting it would hit everything on that\nmachine, drillctl's own measuring included, and a library put before a program\nreaches only some programs. Test skew on machines of their own, with a `command`\nfault.\n")
	golden.AssertFile(t, filepath.Join(docs, "faults.md"), b.Bytes())
}

func held(k faults.Kind) string {
	if k.Leased {
		return "ends by itself"
	}
	return "journalled before the act; `drillctl recover`"
}

func TestDocsMetrics(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(generated + "# Metrics\n\nEvery number of a drill, as `drillctl explain metric.NAME` tells it.\n\n| metric | unit | objective | needs |\n| --- | --- | --- | --- |\n")
	for _, m := range drill.Metrics() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s |\n", m.Name, m.Name, m.Unit, m.Objective, m.Needs)
	}
	for _, m := range drill.Metrics() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", m.Name, strings.TrimSpace(m.Doc))
	}
	golden.AssertFile(t, filepath.Join(docs, "metrics.md"), b.Bytes())
}

// The page about the library is what its drills say of themselves.
func TestDocsDrills(t *testing.T) {
	var b strings.Builder
	b.WriteString(generated + "# Drills\n\nThe drills that come with drillctl, as `drillctl show --docs NAME` tells them.\n")
	for _, g := range scenarios.ByStrategy() {
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n\n| drill | what | must fail with | labels |\n| --- | --- | --- | --- |\n", g.Title, strings.ToUpper(g.Doc[:1])+g.Doc[1:])
		for _, l := range g.Drills {
			fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s |\n", l.Name, l.Name, l.Title, strings.Join(l.Proves.FailsWith, ", "), strings.Join(l.Labels, ", "))
		}
		for _, l := range g.Drills {
			file, src, err := scenarios.Open(l.Name)
			if err != nil {
				t.Fatal(err)
			}
			sc, problems := scenarios.Parse(file, src, faults.All())
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			fmt.Fprintf(&b, "\n### %s\n\n%s.\n", l.Name, strings.TrimSuffix(l.Title, "."))
			drillSections(&b, sc, "####")
		}
	}
	golden.AssertFile(t, filepath.Join(docs, "drills.md"), []byte(b.String()))
}
