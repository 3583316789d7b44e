package docker

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/runtimes"
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
