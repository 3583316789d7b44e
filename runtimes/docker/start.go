package docker

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/runtimes"
)

// startsAtOnce bounds the containers that the engine starts at one time: more
// make it slower, not faster.
const startsAtOnce = 8

// Start raises nodes in parallel and waits until all are ready. On an error
// none of them is left. It may be called again for more.
func (r *Runtime) Start(ctx context.Context, nodes []runtimes.Node) error {
	if err := r.alive(ctx); err != nil {
		return err
	}
	if err := r.checkNodes(nodes); err != nil {
		return err
	}
	made := make([]*member, len(nodes))
	slots := make(chan struct{}, startsAtOnce)
	err := r.hubUp(ctx)
	if err == nil {
		err = parallel(len(nodes), func(i int) (err error) {
			slots <- struct{}{}
			defer func() { <-slots }()
			made[i], err = r.startNode(ctx, nodes[i])
			return err
		})
	}
	if err == nil {
		err = r.awaitReady(ctx, made)
	}
	if err != nil {
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), closePatience)
		defer cancel()
		return errors.Join(err, r.discard(undo, made))
	}
	return nil
}

// parallel does all at once and joins the errors.
func parallel(n int, do func(int) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = do(i) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (r *Runtime) checkNodes(nodes []runtimes.Node) error {
	if len(nodes) == 0 {
		return fmt.Errorf("starting nothing: %w", runtimes.ErrNoInstance)
	}
	seen := map[string]bool{}
	r.mu.Lock()
	for _, m := range r.members {
		seen[m.node.Name] = true
	}
	r.mu.Unlock()
	for _, n := range nodes {
		if n.Name == "" || n.Name == "helpers" || strings.ContainsAny(n.Name, "/\x00") || seen[n.Name] {
			return fmt.Errorf("%q cannot be a node's name, or is taken", n.Name)
		}
		seen[n.Name] = true
		if err := r.inSubnets(n); err != nil {
			return err
		}
	}
	return nil
}

// startNode makes a container and starts it. The member is returned as soon as
// there is a container, for discard.
func (r *Runtime) startNode(ctx context.Context, n runtimes.Node) (*member, error) {
	res, err := r.e.cli.ContainerCreate(ctx, r.nodeContainer(n))
	if err != nil {
		return nil, fmt.Errorf("making %s: %w", n.Name, err)
	}
	m := &member{id: res.ID, system: r.options.RunID, node: n, own: true, shown: runtimes.Stopped}
	r.mu.Lock()
	r.members[m.id] = m
	r.mu.Unlock()
	if _, err := r.e.cli.ContainerStart(ctx, m.id, client.ContainerStartOptions{}); err != nil {
		return m, fmt.Errorf("starting %s: %w", n.Name, err)
	}
	return m, errors.Join(r.giveAddrs(ctx, m), r.keepDisk(ctx, m), r.pumpLogs(m))
}

func (r *Runtime) nodeContainer(n runtimes.Node) client.ContainerCreateOptions {
	labels := r.labels(kindNode)
	labels[LabelNode], labels[LabelRegion], labels[LabelRole], labels[LabelReady] = n.Name, n.Region, n.Role, n.Ready
	host := &container.HostConfig{
		NetworkMode: container.NetworkMode(r.net), ReadonlyRootfs: true,
		CapDrop: []string{"ALL"}, CapAdd: []string{"NET_BIND_SERVICE"}, SecurityOpt: []string{"no-new-privileges"},
		LogConfig: container.LogConfig{Type: "json-file"}, // whatever the engine's default is, it can be read back
		Tmpfs:     map[string]string{"/tmp": ""},
	}
	if n.Restart {
		host.RestartPolicy.Name = container.RestartPolicyUnlessStopped
	}
	if n.Data != "" {
		host.Mounts = []mount.Mount{{Type: mount.TypeVolume, Target: n.Data, VolumeOptions: &mount.VolumeOptions{Labels: r.labels(kindNode), DriverConfig: diskOf(n)}}}
	}
	return client.ContainerCreateOptions{
		Name:       "drillctl-" + r.options.RunID + "-" + n.Name,
		Config:     &container.Config{Image: r.img.ref, Cmd: n.Args, Env: n.Env, Hostname: hostname(n.Name), Labels: labels},
		HostConfig: host,
		NetworkingConfig: &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{
			r.net: {NetworkID: r.net, IPAMConfig: addressing(n.Addrs), Aliases: []string{n.Name}},
		}},
	}
}

// addressing is the main address of each family; the engine gives no others.
func addressing(addrs []netip.Addr) *network.EndpointIPAMConfig {
	c := &network.EndpointIPAMConfig{}
	for _, a := range addrs {
		switch {
		case a.Is4() && !c.IPv4Address.IsValid():
			c.IPv4Address = a
		case a.Is6() && !c.IPv6Address.IsValid():
			c.IPv6Address = a
		}
	}
	return c
}

// hostname fits into what a host may be called.
func hostname(name string) string { return name[:min(63, len(name))] }

// discard removes nodes that did not come up.
func (r *Runtime) discard(ctx context.Context, made []*member) error {
	return parallel(len(made), func(i int) error {
		m := made[i]
		if m == nil {
			return nil
		}
		r.mu.Lock()
		m.down = true
		delete(r.members, m.id)
		r.mu.Unlock()
		if m.pump != nil {
			m.pump.finish(ctx)
		}
		return errors.Join(m.releaseDisk(), r.e.removeContainer(ctx, m.id))
	})
}
