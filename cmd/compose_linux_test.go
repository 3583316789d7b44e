package cmd

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/runtimes/compose"
)

const examplePath = "../scenarios/examples/haproxy-postgres"

// exampleImages are what its Compose files name.
var exampleImages = []string{"haproxy:2.6", "postgres:15", "drillctl-example-api:latest"}

// needCompose is for tests that build images and drill a Compose application,
// which takes minutes: only where that is asked for.
func needCompose(t *testing.T) {
	t.Helper()
	if !slices.Contains(strings.Split(os.Getenv("DRILLCTL_REQUIRE"), ","), "compose") {
		t.Skip("DRILLCTL_REQUIRE=compose builds images of Debian packages and drills them")
	}
	if os.Getuid() != 0 {
		t.Fatal("the images need root, and so does a power loss of containers")
	}
	if _, err := compose.FindTool(t.Context(), os.Environ()); err != nil {
		t.Fatalf("%v: apt-get install docker-compose", err)
	}
	out, err := exec.Command("docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}").Output()
	if err != nil {
		t.Fatalf("docker: %v", err)
	}
	missing := slices.DeleteFunc(slices.Clone(exampleImages), func(name string) bool { return slices.Contains(strings.Fields(string(out)), name) })
	if len(missing) == 0 {
		return
	}
	build := exec.Command("../testdata/debian-images.sh", append([]string{t.TempDir()}, missing...)...)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("images: %v\n%s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("docker", append([]string{"image", "rm", "--force"}, missing...)...).CombinedOutput(); err != nil {
			t.Errorf("images: %v\n%s", err, out)
		}
	})
}

// composeThings are the containers, networks and volumes of the example's project,
// but for networks of which the engine has lost count.
func composeThings(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, list := range [][]string{{"ps", "-aq"}, {"network", "ls", "-q"}, {"volume", "ls", "-q"}} {
		out, err := exec.Command("docker", append(list, "--filter", "label=com.docker.compose.project=drillctl-haproxy-postgres")...).Output()
		if err != nil {
			t.Fatal(err)
		}
		ids := strings.Fields(string(out))
		if list[0] == "network" {
			ids = slices.DeleteFunc(ids, func(id string) bool { return hollow(t, id) })
		}
		all = append(all, ids...)
	}
	return all
}

// hollow says whether nobody is in a network that the engine calls used all the
// same. What it lets go of when it is asked was not hollow, but left.
func hollow(t *testing.T, id string) bool {
	t.Helper()
	in, err := exec.Command("docker", "network", "inspect", "--format", "{{len .Containers}}", id).Output()
	if err != nil || strings.TrimSpace(string(in)) != "0" {
		return false
	}
	out, err := exec.Command("docker", "network", "rm", id).CombinedOutput()
	return err != nil && strings.Contains(string(out), "has active endpoints")
}

// The worked example, for real: a power loss of the first region loses
// acknowledged rows of an asynchronous standby and none of a synchronous one,
// the report says both, and the application is gone afterwards.
func TestHAProxyPostgres(t *testing.T) {
	needCompose(t)
	for name, loses := range map[string]bool{"async": true, "sync": false} {
		t.Run(name, func(t *testing.T) {
			d := newLiveDrill(t)
			rec := d.record(exit.Passed, filepath.Join(examplePath, name+".yaml"))
			l := rec.Analysis.Ledger
			if l == nil || !l.Known || l.Acked == 0 || (l.Lost > 0) != loses {
				t.Fatalf("ledger %+v", l)
			}
			events, err := filepath.Glob(filepath.Join(d.state, "runs", "*", "events.jsonl"))
			if err != nil || len(events) == 0 {
				t.Fatalf("no events: %v", err)
			}
			if b, err := os.ReadFile(events[len(events)-1]); err != nil || !bytes.Contains(b, []byte(`"action.done"`)) {
				t.Errorf("the promotion is not recorded: %v", err)
			}
			var report bytes.Buffer
			c := d.command("report", "last")
			c.Stdout, c.Stderr = &report, os.Stderr
			if err := c.Run(); err != nil {
				t.Error(err)
			}
			if want := fmt.Sprintf("%d lost", l.Lost); !strings.Contains(report.String(), want) {
				t.Errorf("the report does not say %q:\n%s", want, report.String())
			}
			if left := composeThings(t); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
			logs, err := filepath.Glob(filepath.Join(d.state, "runs", "*", "logs", "*db-west*.log"))
			if err != nil || len(logs) == 0 {
				t.Errorf("logs of the standby: %v, %v", logs, err)
			}
		})
	}
}

// An application that a killed drillctl had started is taken down by recover.
func TestComposeOutlivesAKillUntilRecover(t *testing.T) {
	needCompose(t)
	d := newLiveDrill(t)
	scenario := filepath.Join(examplePath, "async.yaml")
	d.start(nil, "run", scenario)
	for line := range d.lines { // coming up takes longer than a drill's words may
		if strings.Contains(line, "drillctl-haproxy-postgres up after") {
			break
		}
	}
	d.kill()
	if len(composeThings(t)) == 0 {
		t.Fatal("it was taken down by nobody")
	}
	if code, out := d.exit("run", scenario); code != exit.CannotRun || !strings.Contains(out, "drillctl recover") {
		t.Errorf("a drill over it ended with %d: %s", code, out)
	}
	if code, out := d.exit("recover"); code != exit.Passed || !strings.Contains(out, "taken back") {
		t.Errorf("recover ended with %d: %s", code, out)
	}
	if left := composeThings(t); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
