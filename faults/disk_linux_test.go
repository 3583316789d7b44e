package faults_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/conformance"
	"github.com/drillctl/drillctl/runtimes/docker"
	"github.com/drillctl/drillctl/runtimes/process"
)

// newTenant is a container of somebody's own with disks of every sort.
func newTenant(t *testing.T, p *port) runtimes.Instance {
	t.Helper()
	cli, err := client.New(client.FromEnv)
	if err != nil {
		t.Fatal(err)
	}
	node, err := cli.ContainerInspect(t.Context(), p.nodes["a"].Ref().ID, client.ContainerInspectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("drillctl-tenant-%d", os.Getpid())
	small := &mount.Driver{Name: "local", Options: map[string]string{"type": "tmpfs", "device": "tmpfs", "o": "size=8m"}}
	res, err := cli.ContainerCreate(t.Context(), client.ContainerCreateOptions{
		Name:   name,
		Config: &container.Config{Image: node.Container.Config.Image, Cmd: []string{docker.HubCommand}, OpenStdin: true},
		HostConfig: &container.HostConfig{
			Tmpfs: map[string]string{"/small": "size=8m", "/wide": ""},
			Mounts: []mount.Mount{
				{Type: mount.TypeVolume, Source: name, Target: "/volume-of-its-own", VolumeOptions: &mount.VolumeOptions{DriverConfig: small}},
				{Type: mount.TypeVolume, Target: "/plain"},
				{Type: mount.TypeBind, Source: t.TempDir(), Target: "/bound"},
				{Type: mount.TypeBind, Source: t.TempDir(), Target: "/written", ReadOnly: true},
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.Background()
		_, err := cli.ContainerRemove(ctx, res.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		_, verr := cli.VolumeRemove(ctx, name, client.VolumeRemoveOptions{})
		if err := errors.Join(err, verr, cli.Close()); err != nil {
			t.Error(err)
		}
	})
	if _, err := cli.ContainerStart(t.Context(), res.ID, client.ContainerStartOptions{}); err != nil {
		t.Fatal(err)
	}
	return attachOne(t, res.ID, name, "tenant")
}

// Where the space is another's, nothing is armed.
func diskRefused(t *testing.T, p *port, tenant runtimes.Instance) {
	for _, tt := range []struct {
		in         runtimes.Instance
		path, want string
	}{
		{tenant, "/plain", "on the engine's own disk"},
		{tenant, "/bound", "a bind mount of"},
		{tenant, "/written", "read-only"},
		{tenant, "/wide", "more than a quarter of what is available"},
		{tenant, "/etc", "there is a tmpfs at /small, a tmpfs at /wide, a volume at /plain"},
		{p.nodes["a"], "/data", "no volume and no tmpfs is mounted at /data"},
		{stone{tenant}, "/small", "cannot run an agent in a file system of it"},
	} {
		a, err := (&faults.DiskFull{Path: tt.path, Fill: 1}).Arm(t.Context(), []faults.Target{{Instance: tt.in}})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.path, err, tt.want)
		}
		if err == nil {
			t.Error(a.Close())
		}
	}
}

// writeAsTarget writes a block where the target's own processes would.
func writeAsTarget(t *testing.T, in runtimes.Instance, path string) error {
	t.Helper()
	s, err := in.(runtimes.Stater).Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	file := fmt.Sprintf("/proc/%d/root%s/written", s.PID, path)
	return errors.Join(os.WriteFile(file, make([]byte, 4096), 0o600), os.Remove(file))
}

// A full disk is full for the target, stays so for as long as the disk lives, and
// is free when the fault ends or its agent dies.
func containerDisk(t *testing.T, p *port) {
	tenant := newTenant(t, p)
	t.Run("refused", func(t *testing.T) { diskRefused(t, p, tenant) })
	on := faults.Target{Instance: tenant}
	for _, f := range []*faults.DiskFull{{Path: "/small", Fill: 1}, {Path: "/volume-of-its-own", Fill: 1}, {Path: "/small", Fill: 0.5}} {
		t.Run(fmt.Sprint(f.Path, f.Fill), func(t *testing.T) {
			a := arm(t, f, on)
			verify(t, a, false, true)
			verifyNow(t, a, true, false)
			fire(t, a)
			verify(t, a, true, true)
			verifyNow(t, a, false, false)
			if err := writeAsTarget(t, tenant, f.Path); os.Geteuid() == 0 && errors.Is(err, syscall.ENOSPC) != (f.Fill == 1) {
				t.Errorf("the target writes: %v", err)
			}
			revert(t, a)
			verify(t, a, false, true)
			if err := errors.Join(writeAsTarget(t, tenant, f.Path), a.Close()); os.Geteuid() == 0 && err != nil {
				t.Errorf("after the fault: %v", err)
			}
		})
	}
	t.Run("restarted in the middle", func(t *testing.T) {
		brief, lasting := arm(t, &faults.DiskFull{Path: "/small", Fill: 1}, on), arm(t, &faults.DiskFull{Path: "/volume-of-its-own", Fill: 1}, on)
		fire(t, brief)
		fire(t, lasting)
		restart(t, tenant)
		told(t, brief, "the target has restarted meanwhile")
		verify(t, lasting, true, true)
		killAgents(t, tenant)
		told(t, lasting, "the agent is gone")
		for _, a := range []faults.Armed{brief, lasting} {
			revert(t, a)
			verify(t, a, false, true)
		}
	})
}

// killAgents kills them through the engine.
func killAgents(t *testing.T, of runtimes.Instance) {
	t.Helper()
	cli, err := client.New(client.FromEnv)
	if err != nil {
		t.Fatal(err)
	}
	defer cli.Close()
	list, err := cli.ContainerList(t.Context(), client.ContainerListOptions{Filters: client.Filters{}.
		Add("label", docker.LabelRun+"="+of.Ref().System).Add("label", docker.LabelKind+"=helper")})
	if err != nil || len(list.Items) == 0 {
		t.Fatalf("%d agents (%v)", len(list.Items), err)
	}
	for _, c := range list.Items {
		if _, err := cli.ContainerKill(t.Context(), c.ID, client.ContainerKillOptions{Signal: "KILL"}); err != nil {
			t.Fatal(err)
		}
	}
}

// The disk of a process of the bundled system is filled, and freed when the fault
// ends; whoever has none is refused.
func TestDiskOfAProcess(t *testing.T) {
	rt, err := process.New(t.Context(), process.Options{RunID: "faults-disk", LogDir: t.TempDir()})
	if err != nil {
		if strings.Contains(os.Getenv("DRILLCTL_REQUIRE"), "netns") {
			t.Fatal(err)
		}
		t.Skip("no namespaces here: ", err)
	}
	t.Cleanup(func() {
		if err := rt.Close(); err != nil {
			t.Error(err)
		}
	})
	store := conformance.Node("store", 100*time.Millisecond, netip.MustParseAddr("10.77.1.1"))
	store.Data, store.Disk = t.TempDir(), 16<<20
	if err := rt.Start(t.Context(), []runtimes.Node{conformance.Node("api", 100*time.Millisecond, netip.MustParseAddr("10.77.1.2")), store}); err != nil {
		t.Fatal(err)
	}
	all, err := rt.Instances(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f := &faults.DiskFull{Fill: 1}
	if _, err := f.Arm(t.Context(), []faults.Target{{Instance: all[0]}}); !errors.Is(err, runtimes.ErrUnsupported) {
		t.Errorf("a disk where there is none: %v", err)
	}
	a := arm(t, f, faults.Target{Instance: all[1]})
	verify(t, a, false, true)
	fire(t, a)
	verify(t, a, true, true)
	restart(t, all[1]) // the disk outlives the process, and so does the damage
	verify(t, a, true, true)
	revert(t, a)
	verify(t, a, false, true)
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}
