package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/runtimes/process"
)

func TestScripts(t *testing.T) {
	t.Parallel()
	shipped, err := filepath.Abs("../testdata/scenarios")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "../testdata/script",
		RequireExplicitExec: true,
		Condition:           condition,
		Setup: func(e *testscript.Env) error {
			e.Setenv("SCENARIOS", shipped)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "matches-schema": matchesSchema, "recorded": recorded, "tamper": tamper,
		},
	})
}

// condition knows [netns]: drills can run here. DRILLCTL_REQUIRE=netns makes
// the lack of it an error.
func condition(name string) (bool, error) {
	if name != "netns" {
		return false, errors.New("unknown condition " + name)
	}
	why := noNamespaces()
	if why != "" && strings.Contains(os.Getenv("DRILLCTL_REQUIRE"), "netns") {
		return false, errors.New("DRILLCTL_REQUIRE=netns: " + why)
	}
	return why == "" && !testing.Short(), nil
}

// noNamespaces says why no drill can run here, "" when they can.
var noNamespaces = sync.OnceValue(func() string {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	logs, err := os.MkdirTemp("", "drillctl-probe-")
	if err != nil {
		return err.Error()
	}
	defer os.RemoveAll(logs)
	rt, err := process.New(ctx, process.Options{Exe: drillctl(), RunID: "probe", LogDir: logs})
	if err != nil {
		return err.Error()
	}
	if err := rt.Close(); err != nil {
		return err.Error()
	}
	return ""
})

// drillctl is the test binary by the name under which it is the command.
func drillctl() string {
	path, err := exec.LookPath("drillctl")
	if err != nil {
		return "drillctl" // not found: its user fails and says so
	}
	return path
}

// exits CODE PROGRAM ARGS... runs a program that must end with that code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := againIfBusy(want, func() (int, string) {
		err := ts.Exec(args[1], args[2:]...)
		var ended *exec.ExitError
		if errors.As(err, &ended) {
			return ended.ExitCode(), ts.ReadFile("stdout")
		}
		ts.Check(err)
		return 0, ""
	})
	if got != want {
		ts.Fatalf("exit %d, want %d\n%s\n%s", got, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// A drill that is judged has this machine to itself among the tests' drills; those
// that are only started and killed may be several.
var machine sync.RWMutex

// againIfBusy repeats a drill that is inconclusive only because this machine
// had no time for its load generator, as drills say of themselves.
func againIfBusy(want int, run func() (code int, stdout string)) int {
	machine.Lock()
	defer machine.Unlock()
	for range 2 {
		code, stdout := run()
		busy := strings.Contains(stdout, "saturated: ") || strings.Contains(stdout, "could not keep its grid")
		if code != exit.Inconclusive || want == exit.Inconclusive || !busy {
			return code
		}
	}
	code, _ := run()
	return code
}

// matches-schema SCHEMA FILE checks JSON against a JSON Schema.
func matchesSchema(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: matches-schema SCHEMA FILE")
	}
	schema, err := jsonschema.UnmarshalJSON(strings.NewReader(ts.ReadFile(args[0])))
	ts.Check(err)
	c := jsonschema.NewCompiler()
	ts.Check(c.AddResource("mem://schema", schema))
	compiled, err := c.Compile("mem://schema")
	ts.Check(err)
	var doc any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &doc))
	if err := compiled.Validate(doc); (err != nil) != neg {
		ts.Fatalf("against %s: %v", args[0], err)
	}
}
