package faults_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/conformance"
	"github.com/drillctl/drillctl/runtimes/docker"
)

// publish runs a container of somebody's own with a published port, and says where
// it is published.
func publish(t *testing.T, p *port) (runtimes.Instance, netip.AddrPort) {
	t.Helper()
	cli, err := client.New(client.FromEnv)
	if err != nil {
		t.Fatal(err)
	}
	node, err := cli.ContainerInspect(t.Context(), p.nodes["a"].Ref().ID, client.ContainerInspectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	inside := network.MustParsePort("8080/tcp")
	name := fmt.Sprintf("drillctl-published-%d", os.Getpid())
	res, err := cli.ContainerCreate(t.Context(), client.ContainerCreateOptions{
		Name:       name,
		Config:     &container.Config{Image: node.Container.Config.Image, Cmd: []string{conformance.NodeCommand, name}, ExposedPorts: network.PortSet{inside: {}}},
		HostConfig: &container.HostConfig{PortBindings: network.PortMap{inside: {{HostIP: netip.MustParseAddr("127.0.0.1")}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, err := cli.ContainerRemove(context.WithoutCancel(t.Context()), res.ID, client.ContainerRemoveOptions{Force: true})
		if err := errors.Join(err, cli.Close()); err != nil {
			t.Error(err)
		}
	})
	if _, err := cli.ContainerStart(t.Context(), res.ID, client.ContainerStartOptions{}); err != nil {
		t.Skip("this engine publishes no ports: ", err)
	}
	is, err := cli.ContainerInspect(t.Context(), res.ID, client.ContainerInspectOptions{})
	if err != nil || len(is.Container.NetworkSettings.Ports[inside]) == 0 {
		t.Fatalf("where it is published: %v", err)
	}
	door, err := netip.ParseAddrPort("127.0.0.1:" + is.Container.NetworkSettings.Ports[inside][0].HostPort)
	if err != nil {
		t.Fatal(err)
	}
	return attachOne(t, res.ID, name, name), door
}

// attachOne is a container that runs already, as an instance called node of a run.
func attachOne(t *testing.T, id, run, node string) runtimes.Instance {
	t.Helper()
	e, err := docker.Connect(t.Context(), docker.Where{Host: os.Getenv("DOCKER_HOST")})
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	rt, err := docker.Attach(t.Context(), docker.Options{Engine: e, Exe: exe, RunID: run, LogDir: t.TempDir()}, []docker.Member{{ID: id, Node: runtimes.Node{Name: node}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(rt.Close(), e.Close()); err != nil {
			t.Error(err)
		}
	})
	all, err := rt.Instances(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

// A blackhole cuts what comes by a published port, too.
func containerPublished(t *testing.T, p *port) {
	in, door := publish(t, p)
	expect := func(when string, want ...string) {
		t.Helper()
		var got string
		for end := time.Now().Add(3 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			if got = askFromHere(door); slices.Contains(want, got) {
				return
			}
		}
		t.Errorf("%s the published port %s is %s, want %v", when, door, got, want)
	}
	expect("before", "answered")
	a := arm(t, &faults.Blackhole{}, faults.Target{Instance: in})
	fire(t, a)
	expect("in the blackhole", "silent", "cut")
	revert(t, a)
	expect("afterwards", "answered")
}

// askFromHere is what a client on this machine sees.
func askFromHere(door netip.AddrPort) string {
	c, err := net.DialTimeout("tcp", door.String(), 400*time.Millisecond)
	if err != nil {
		return "silent"
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return err.Error()
	}
	if _, err := fmt.Fprintf(c, "GET /healthz HTTP/1.0\r\n\r\n"); err != nil {
		return "cut"
	}
	if n, _ := c.Read(make([]byte, 1)); n == 0 {
		return "cut"
	}
	return "answered"
}
