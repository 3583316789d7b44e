package cmd

import (
	"bytes"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The test binary is drillctl when it is called so, also as a node, an agent
// and a load worker: the process runtime executes os.Executable again.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"drillctl": func() { os.Exit(Main(os.Args[1:], OS())) },
	})
}

// invoke runs a command in this process.
func invoke(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	env := Env{
		In: new(bytes.Buffer), Out: &out, Err: &errs, Getenv: func(string) string { return "" },
		Width: func() int { return defaultWidth }, Exe: os.Args[0],
	}
	code = Main(args, env)
	return code, out.String(), errs.String()
}
