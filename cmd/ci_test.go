package cmd

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/drillctl/drillctl/cmd/outputs"
	"github.com/drillctl/drillctl/cmd/terminal"
)

// A workshop is a directory in which the script lines of a CI template run with
// stand-ins for what they call: each writes down how it was called.
type workshop struct {
	t   *testing.T
	dir string
	env []string
	// printed is what the scripts have printed on both streams.
	printed string
}

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("the script lines are bash: ", err)
	}
	w := &workshop{t: t, dir: t.TempDir()}
	w.env = []string{"PATH=" + filepath.Join(w.dir, "fake") + ":" + os.Getenv("PATH"), "HOME=" + w.dir, "LOG=" + filepath.Join(w.dir, "log"),
		"RUNNER_TEMP=" + w.dir, "DRILLCTL_EXIT=0"}
	// go makes the drillctl that the lines run next
	w.tool("go", `out="${GOBIN:+$GOBIN/drillctl}"; while [ $# -gt 0 ]; do if [ "$1" = -o ]; then out="$2"; fi; shift; done
mkdir -p "$(dirname "$out")"
printf '%s\n' '#!/bin/bash' 'printf "%s\n" "drillctl" "$@" "--" >> "$LOG"' 'if [ "$1" = run ]; then exit "$DRILLCTL_EXIT"; fi' > "$out"; chmod +x "$out"`)
	w.tool("sudo", `printf '%s\n' sudo "$@" -- >> "$LOG"`)
	return w
}

func (w *workshop) tool(name, script string) {
	w.t.Helper()
	path := filepath.Join(w.dir, "fake", name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/bash\nset -eu\n"+script+"\n"), 0o755); err != nil {
		w.t.Fatal(err)
	}
}

// run is a script as the CI system would run it.
func (w *workshop) run(script string, env ...string) error {
	c := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
	c.Dir, c.Env = w.dir, append(slices.Clone(w.env), env...)
	out, err := c.CombinedOutput()
	w.printed += string(out)
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// calls are what the stand-ins were called with.
func (w *workshop) calls() []string {
	w.t.Helper()
	log, err := os.ReadFile(filepath.Join(w.dir, "log"))
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for call := range strings.SplitSeq(strings.TrimSuffix(string(log), "--\n"), "--\n") {
		out = append(out, strings.Join(strings.Split(strings.TrimSuffix(call, "\n"), "\n"), "|"))
	}
	return out
}

func fromYAML(t *testing.T, path string, v any) {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(src, v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

type composite struct {
	Inputs map[string]struct{ Default string }
	Runs   struct {
		Using string
		Steps []struct {
			Name, Uses, Shell, Run string
			Env                    map[string]string
		}
	}
}

// runAction runs the steps of the composite action with inputs, as GitHub does.
func (w *workshop) runAction(inputs map[string]string) error {
	var a composite
	fromYAML(w.t, "../action.yml", &a)
	fill := func(s string) string {
		for name, in := range a.Inputs {
			v, given := inputs[name]
			if !given {
				v = in.Default
			}
			s = strings.ReplaceAll(s, "${{ inputs."+name+" }}", v)
		}
		return strings.ReplaceAll(s, "${{ github.action_path }}", w.dir)
	}
	for _, s := range a.Runs.Steps {
		if s.Run == "" {
			continue
		}
		if strings.Contains(s.Run, "${{") || s.Shell != "bash" {
			w.t.Errorf("step %s: an expression in a script can be code of others; shell %q", s.Name, s.Shell)
		}
		var env []string
		for k, v := range s.Env {
			if v = fill(v); strings.Contains(v, "${{") {
				w.t.Errorf("step %s: %s is not known: %s", s.Name, k, v)
			}
			env = append(env, k+"="+v)
		}
		if err := w.run(s.Run, env...); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return nil
}

const actionReports = "table,junit=out/junit.xml,json=out/drill.json,markdown=out/drill.md,html=out/drill.html"

func TestGitHubActionRunsTheDrills(t *testing.T) {
	w := newWorkshop(t)
	w.env = append(w.env, "APPARMOR_SWITCH="+filepath.Join(w.dir, "fake"))
	if err := w.runAction(map[string]string{"scenarios": "drills/ region-blackhole", "args": "--label release-gate\n--trials 3", "out": "out"}); err != nil {
		t.Fatal(err)
	}
	want := []string{"sudo|sysctl|-q|-w|kernel.apparmor_restrict_unprivileged_userns=0", "drillctl|doctor",
		"drillctl|run|drills/|region-blackhole|--label|release-gate|--trials|3|--report|" + actionReports}
	if got := w.calls(); !slices.Equal(got, want) {
		t.Errorf("called\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	argsExist(t, want[2])
}

// The exit code is the step's, and inputs are words, never code.
func TestGitHubActionFailsAsTheDrillDoes(t *testing.T) {
	w := newWorkshop(t)
	w.env = append(w.env, "APPARMOR_SWITCH="+filepath.Join(w.dir, "none"), "DRILLCTL_EXIT=3")
	err := w.runAction(map[string]string{"scenarios": "$(touch pwned) `touch pwned`", "out": "out"})
	if err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("ended with %v", err)
	}
	if _, err := os.Stat(filepath.Join(w.dir, "pwned")); err == nil {
		t.Error("an input was run")
	}
	if got := w.calls(); len(got) != 2 || !strings.HasPrefix(got[1], "drillctl|run|$(touch|pwned)|") {
		t.Errorf("called %v", got)
	}
}

// A gitlabJob is one of a GitLab template.
type gitlabJob struct {
	Variables    map[string]string
	BeforeScript []string `yaml:"before_script"`
	Script       []string
	Artifacts    struct {
		When    string
		Reports map[string]string
	}
}

// gitlab is the template's job, and its script lines; its variables are set.
func (w *workshop) gitlab() (gitlabJob, string) {
	var ci map[string]gitlabJob
	fromYAML(w.t, "../docs/ci/gitlab.yml", &ci)
	job := ci[".drillctl"]
	for k, v := range job.Variables {
		w.env = append(w.env, k+"="+v)
	}
	return job, strings.Join(append(job.BeforeScript, job.Script...), "\n")
}

func TestGitLabTemplateRunsTheDrills(t *testing.T) {
	w := newWorkshop(t)
	job, script := w.gitlab()
	w.env = append(w.env, "DRILLCTL_ARGS=--fail-fast --label quarterly")
	if err := w.run(script); err != nil {
		t.Fatal(err)
	}
	want := "drillctl|run|region-blackhole|--fail-fast|--label|quarterly|--report|table,junit=drillctl-reports/junit.xml,openmetrics=drillctl-reports/metrics.txt,json=drillctl-reports/drill.json,html=drillctl-reports/drill.html"
	if got := w.calls(); len(got) != 2 || got[0] != "drillctl|doctor" || got[1] != want {
		t.Errorf("called\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	for kind, path := range job.Artifacts.Reports {
		if !strings.Contains(want, "="+path) {
			t.Errorf("the %s report %s is not written", kind, path)
		}
	}
	if job.Artifacts.When != "always" {
		t.Error("reports of a drill that failed would be lost")
	}
	if err := w.run(script, "DRILLCTL_EXIT=1"); err == nil || !strings.Contains(err.Error(), "exit status 1") {
		t.Errorf("a missed objective ended with %v", err)
	}
	argsExist(t, want)
}

// argsExist says whether drillctl knows the flags and formats of a call.
func argsExist(t *testing.T, call string) {
	t.Helper()
	words := strings.Split(call, "|")[1:]
	root := newRoot(terminal.Env{})
	c, rest, err := root.Find(words)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.ParseFlags(rest); err != nil {
		t.Errorf("%s: %v", call, err)
	}
	list, err := c.Flags().GetStringSlice("report")
	if err != nil || len(list) < 3 {
		t.Fatal(list, err)
	}
	dir := t.TempDir()
	for i := range list {
		if name, path, ok := strings.Cut(list[i], "="); ok {
			list[i] = name + "=" + filepath.Join(dir, filepath.Base(path))
		}
	}
	if _, err := (outputs.Options{Output: "table", Reports: list}).Parse(); err != nil {
		t.Error(err)
	}
}
