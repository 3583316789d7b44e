package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/conformance"
)

// A container of others is killed, cut off, paused and started again, and is
// afterwards as it was.
func TestOthersAreAsBefore(t *testing.T) {
	e, err := Connect(t.Context(), Where{Host: os.Getenv("DOCKER_HOST")})
	if err != nil {
		t.Skip(err) // TestConformance fails where an engine is required
	}
	defer e.Close()
	id, label := otherContainer(t, e)
	found, err := e.Find(t.Context(), Filter{Labels: []string{label}})
	if err != nil || len(found) != 1 || found[0].ID != id || len(found[0].Addrs) == 0 {
		t.Fatalf("found %+v, %v", found, err)
	}
	before := settings(t, e, id)
	r, err := Attach(t.Context(), Options{Engine: e, Exe: os.Args[0], RunID: label, LogDir: t.TempDir()},
		[]Member{{ID: id, Node: runtimes.Node{Name: "other", Region: "r", Role: "api"}}})
	if err != nil {
		t.Fatal(err)
	}
	all, err := r.Instances(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	in := all[0].(*Instance)
	ctx := t.Context()
	act := func(what string, do func() error) {
		t.Helper()
		if err := do(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	act("cut the power", func() error { _, err := r.CutPower(ctx, []string{"other"}); return err })
	if s, err := in.Status(ctx); err != nil || s.State != runtimes.Stopped {
		t.Errorf("after the cut: %+v, %v", s, err)
	}
	act("start", func() error { _, err := in.Start(ctx); return err })
	act("pause", func() error { _, err := in.Pause(ctx); return err })
	act("unpause", func() error { _, err := in.Unpause(ctx); return err })
	act("close", r.Close)
	if after := settings(t, e, id); after != before {
		t.Errorf("it was\n%s\nand is\n%s", before, after)
	}
	if s := inspect(t, e, id); s.State.Status != container.StateRunning {
		t.Errorf("it is %s", s.State.Status)
	}
}

// otherContainer starts a container that is not drillctl's: it says nothing and waits
// for input.
func otherContainer(t *testing.T, e *Engine) (id, label string) {
	t.Helper()
	img, err := e.ensureImage(t.Context(), os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	label = fmt.Sprintf("test-other-%d", os.Getpid())
	res, err := e.cli.ContainerCreate(t.Context(), client.ContainerCreateOptions{
		Config:     &container.Config{Image: img.ref, Cmd: []string{HubCommand}, OpenStdin: true, Labels: map[string]string{label: "1"}},
		HostConfig: &container.HostConfig{RestartPolicy: container.RestartPolicy{Name: container.RestartPolicyAlways}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.removeContainer(context.Background(), res.ID); err != nil {
			t.Error(err)
		}
	})
	if _, err := e.cli.ContainerStart(t.Context(), res.ID, client.ContainerStartOptions{}); err != nil {
		t.Fatal(err)
	}
	return res.ID, label
}

func inspect(t *testing.T, e *Engine, id string) container.InspectResponse {
	t.Helper()
	res, err := e.cli.ContainerInspect(t.Context(), id, client.ContainerInspectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return res.Container
}

// settings are all that a start does not change.
func settings(t *testing.T, e *Engine, id string) string {
	t.Helper()
	c := inspect(t, e, id)
	b, err := json.MarshalIndent([]any{c.Name, c.Image, c.Config, c.HostConfig, c.Mounts, addrsOf(c)}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A program runs in a container as its own processes do; its status and its last
// words come back, and one that takes too long is ended.
func TestExecInOthers(t *testing.T) {
	e, err := Connect(t.Context(), Where{Host: os.Getenv("DOCKER_HOST")})
	if err != nil {
		t.Skip(err) // TestConformance fails where an engine is required
	}
	defer e.Close()
	id, label := otherContainer(t, e)
	r, err := Attach(t.Context(), Options{Engine: e, RunID: label}, []Member{{ID: id, Node: runtimes.Node{Name: "other"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	in := &Instance{r: r, m: r.members[id]}
	if exit, out, err := in.Exec(t.Context(), []string{exePath, conformance.NodeCommand}); err != nil || exit != 1 || !strings.Contains(out, "no name") {
		t.Errorf("exit %d, %q, %v", exit, out, err)
	}
	slow := errors.New("too slow")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 500*time.Millisecond, slow)
	defer cancel()
	if _, _, err := in.Exec(ctx, []string{exePath, conformance.NodeCommand, "slow"}); !errors.Is(err, slow) {
		t.Errorf("a slow program: %v", err)
	}
	for range 50 { // the signal has to arrive
		top, err := e.cli.ContainerTop(t.Context(), id, client.ContainerTopOptions{})
		if err != nil || len(top.Processes) == 1 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("the slow program goes on")
}
