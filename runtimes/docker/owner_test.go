package docker_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/conformance"
	"github.com/drillctl/drillctl/runtimes/docker"
)

// own raises a system with a helper in it and waits to be killed.
func own(run, logs string) error {
	ctx := context.Background()
	e, err := docker.Connect(ctx, docker.Where{Host: os.Getenv("DOCKER_HOST")})
	if err != nil {
		return err
	}
	r, err := docker.New(ctx, docker.Options{Engine: e, Exe: os.Args[0], RunID: run, LogDir: logs})
	if err != nil {
		return err
	}
	if err := r.Start(ctx, []runtimes.Node{node(r, "a", 1, 1)}); err != nil {
		return err
	}
	all, err := r.Instances(ctx)
	if err != nil {
		return err
	}
	p, err := all[0].(runtimes.InNet).RunInNet(ctx, []string{conformance.HelperCommand})
	if err != nil {
		return err
	}
	fmt.Println("up")
	_, err = bufio.NewReader(p).ReadString(0) // until killed
	return err
}

// When drillctl is killed its helpers end by themselves, what is left is known
// to be a dead run's, and removing it leaves nothing.
func TestOwnerKilled(t *testing.T) {
	e := engine(t)
	run := fmt.Sprintf("test-owned-%d", os.Getpid())
	t.Cleanup(func() {
		if err := e.Remove(context.Background(), run); err != nil {
			t.Error(err)
		}
	})
	cmd := exec.Command(os.Args[0], "own", run, t.TempDir())
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "up\n" {
		t.Fatalf("the owner said %q: %v", line, err)
	}
	if l := leftover(t, e, run); l.Alive != docker.Alive || l.Helpers != 2 || len(l.Nodes) != 1 || l.Networks != 1 {
		t.Errorf("while it lives: %+v", l)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	var l docker.Leftover
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if l = leftover(t, e, run); l.Helpers == 0 {
			break
		}
	}
	if l.Helpers != 0 || !l.Dead() || len(l.Nodes) != 1 {
		t.Errorf("after it was killed: %+v", l)
	}
	for range 2 {
		if err := e.Remove(t.Context(), run); err != nil {
			t.Fatal(err)
		}
	}
	if l := leftover(t, e, run); l.Run != "" {
		t.Errorf("after Remove: %+v", l)
	}
}

func leftover(t *testing.T, e *docker.Engine, run string) docker.Leftover {
	t.Helper()
	all, err := e.Leftovers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		if l.Run == run {
			return l
		}
	}
	return docker.Leftover{}
}
