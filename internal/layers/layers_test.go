package layers

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A pkg is one package as `go list` knows it, with the files of all systems.
type pkg struct {
	ImportPath     string
	Dir            string
	GoFiles        []string
	CgoFiles       []string
	IgnoredGoFiles []string // of other systems
}

func (p pkg) sources() []string {
	all := slices.Concat(p.GoFiles, p.CgoFiles, p.IgnoredGoFiles)
	return slices.DeleteFunc(all, func(f string) bool { return strings.HasSuffix(f, "_test.go") })
}

func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,GoFiles,CgoFiles,IgnoredGoFiles", "./...")
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// TestRooms reads every source file that is no test, also those of other
// systems.
func TestRooms(t *testing.T) {
	all := list(t)
	if len(all) < 10 {
		t.Fatalf("only %d packages found", len(all))
	}
	for _, p := range all {
		room, ok := Room(p.ImportPath)
		if !ok {
			t.Errorf("%s is in no room: add it to Rooms, with what it may import", p.ImportPath)
			continue
		}
		for _, file := range p.sources() {
			checkFile(t, room, filepath.Join(p.Dir, file))
		}
	}
}

func checkFile(t *testing.T, room, name string) {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Error(err)
		return
	}
	osName := ""
	for _, imp := range f.Imports {
		path, err := strconv.Unquote(imp.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if !Allowed(room, path) {
			t.Errorf("%s: %s may not import %s", fset.Position(imp.Pos()), room, path)
		}
		if path == "os" {
			osName = "os"
			if imp.Name != nil {
				osName = imp.Name.Name
			}
		}
	}
	if osName == "" || slices.Contains(TerminalRooms, room) {
		return
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && isTerminal(sel, osName) {
			t.Errorf("%s: %s may not touch os.%s: take it as an argument", fset.Position(sel.Pos()), room, sel.Sel.Name)
		}
		return true
	})
}

func isTerminal(sel *ast.SelectorExpr, osName string) bool {
	x, ok := sel.X.(*ast.Ident)
	return ok && x.Name == osName && slices.Contains(Terminal, sel.Sel.Name)
}

// TestRules shows that the rules can say no.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		from, pkg string
		want      bool
	}{
		{"drill", "time", true},
		{"drill", "golang.org/x/sys/unix", false},
		{"drill", Module + "/drill/samples", true},
		{"drill", Module + "/internal/mono", false},
		{"reports", Module + "/drill", true},
		{"reports", Module + "/runner", false},
		{"reports", "github.com/olekukonko/tablewriter/tw", true},
		{"runner", "github.com/olekukonko/tablewriter", false},
		{"runtimes/process", Module + "/faults", false},
		{"runtimes/process", Module + "/faults/agent", false},
		{"gateway", Module + "/faults", false},
		{"gateway", Module + "/runner", false},
		{"gateway", Module + "/gateway/proxy", true},
		{"gateway", Module + "/internal/mono", true},
		{"runner/load", "github.com/miekg/dns", true},
		{"runner", "github.com/miekg/dns", false},
		{"cmd", "github.com/spf13/cobra", true},
		{"scenarios", "github.com/spf13/cobra", false},
		{"cmd", Module + "/runtimes/process", true},
		{"cmd/settings", "github.com/spf13/viper", true},
		{"cmd/suite", "github.com/spf13/cobra", false},
		{"cmd/suite", Module + "/cmd/hooks", true},
		{"cmd/subject", Module + "/cmd/settings", false},
		{"cmd/records", Module + "/cmd/subject", false},
		{"cmd/exit", Module + "/cmd/terminal", false},
		{"cmd", Module + "/elsewhere", false},
	} {
		if got := Allowed(c.from, c.pkg); got != c.want {
			t.Errorf("%s imports %s: %v, want %v", c.from, c.pkg, got, c.want)
		}
	}
}

func TestRoom(t *testing.T) {
	for _, c := range []struct {
		pkg, room string
		ok        bool
	}{
		{Module + "/runner/load/pace", "runner/load", true},
		{Module + "/runner", "runner", true},
		{Module + "/reports/live", "reports/live", true},
		{Module + "/elsewhere", "elsewhere", false},
		{Module, "", false},
	} {
		if room, ok := Room(c.pkg); room != c.room || ok != c.ok {
			t.Errorf("Room(%s) = %q, %v; want %q, %v", c.pkg, room, ok, c.room, c.ok)
		}
	}
}
