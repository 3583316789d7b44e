package cmd

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPlantedWorkflowCommands lets the script lines of the action run a real drill
// whose scenario and programs say workflow commands, and reads what was printed as
// GitHub's runner does: the only commands are drillctl's own annotations.
func TestPlantedWorkflowCommands(t *testing.T) {
	t.Parallel()
	w := realWorkshop(t)
	w.env = append(w.env, "APPARMOR_SWITCH="+filepath.Join(w.dir, "none"), "GITHUB_ACTIONS=true", "GITHUB_WORKSPACE="+w.dir)
	err := w.runAction(map[string]string{"scenarios": "planted.yaml", "out": "out"})
	if err == nil || !strings.Contains(w.printed, "planted title") {
		t.Fatalf("ended with %v:\n%s", err, w.printed)
	}
	w.wrote("out/junit.xml", "out/drill.json", "out/drill.md", "out/drill.html")
	found := workflowCommands(w.printed)
	if !slices.ContainsFunc(found, func(c string) bool { return strings.HasPrefix(c, "error: rto missed: ") }) {
		t.Errorf("drillctl's own annotation is not among %q", found)
	}
	for _, c := range found {
		if strings.Contains(c, "planted") || !strings.HasPrefix(c, "error: ") && !strings.HasPrefix(c, "warning: ") {
			t.Errorf("taken as a command: %s", c)
		}
	}
	for _, args := range [][]string{{"report", "last"}, {"report", "last", "--output", "json"}, {"analyze", "last"}, {"history", "--json"}} {
		script := `"$RUNNER_TEMP/drillctl" ` + strings.Join(args, " ") + " || true"
		foreign := func(env ...string) []string {
			w.printed = ""
			if err := w.run(script, env...); err != nil {
				t.Fatal(err)
			}
			return slices.DeleteFunc(workflowCommands(w.printed), func(c string) bool { return !strings.Contains(c, "planted") })
		}
		if got := foreign(); len(got) > 0 {
			t.Errorf("%s: taken as commands: %q", args, got)
		}
		if got := foreign("GITHUB_ACTIONS="); len(got) == 0 {
			t.Errorf("%s: nothing is planted there, so nothing was shown:\n%s", args, w.printed)
		}
	}
}
