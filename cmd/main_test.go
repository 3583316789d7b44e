package cmd

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/drillctl/drillctl/cmd/terminal"
)

// The test binary is drillctl when it is called so, also as a node, an agent
// and a load worker: the process runtime executes os.Executable again. Only not
// when it looks for races: a system of such nodes starves a small machine's load,
// and drills would say so. Then the programs that tests run are the one that is
// shipped; what the tests call in this process is still looked at.
func TestMain(m *testing.M) {
	if raced {
		testscript.Main(shipped{m}, nil)
	}
	testscript.Main(m, map[string]func(){
		"drillctl": func() { os.Exit(Main(os.Args[1:], terminal.OS())) },
	})
}

// shipped runs the tests with the program as it is shipped in the path.
type shipped struct{ *testing.M }

func (s shipped) Run() int {
	dir, err := os.MkdirTemp("", "drillctl-shipped-")
	if err != nil {
		return complain(err)
	}
	defer os.RemoveAll(dir)
	build := exec.Command("go", "build", "-trimpath", "-o", filepath.Join(dir, "drillctl"), "./drillctl")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return complain(fmt.Errorf("building drillctl: %w\n%s", err, out))
	}
	if err := os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH")); err != nil {
		return complain(err)
	}
	return s.M.Run()
}

func complain(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// invoke runs a command in this process.
func invoke(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	env := terminal.Env{
		In: new(bytes.Buffer), Out: &out, Err: &errs, Getenv: func(string) string { return "" },
		Width: func() int { return terminal.DefaultWidth }, Exe: os.Args[0],
	}
	code = Main(args, env)
	return code, out.String(), errs.String()
}
