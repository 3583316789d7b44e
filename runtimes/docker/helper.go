package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"sync"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/runtimes"
)

// lease is how long a helper may take to end after the end of its stdin.
const lease = 5 * time.Second

// RunInNet implements [runtimes.InNet]: a helper container joins the network of
// this one. When the container restarts, it gets a network anew, and the helper
// stays behind in the old one.
func (i *Instance) RunInNet(ctx context.Context, args []string) (runtimes.Process, error) {
	if err := i.r.alive(ctx); err != nil {
		return nil, err
	}
	h, err := i.beside(ctx, helperContainer{args: args, net: container.NetworkMode("container:" + i.m.id), caps: []string{"NET_ADMIN"}})
	if err != nil {
		return nil, err
	}
	return h, nil
}

// beside runs a helper in a namespace of the container, which ends with its main
// process.
func (i *Instance) beside(ctx context.Context, c helperContainer) (*helper, error) {
	c.of = i.m.node.Name
	h, err := i.r.runHelper(ctx, kindHelper, c)
	if notRunning(err) {
		return nil, fmt.Errorf("running a helper beside %s: it is down: %w: %w", i.m.node.Name, runtimes.ErrGone, err)
	}
	if err != nil {
		return nil, i.explain("running a helper beside", err)
	}
	h.of = i.m
	i.r.mu.Lock()
	if i.m.helpers == nil {
		i.m.helpers = map[*helper]bool{}
	}
	i.m.helpers[h] = true
	i.r.mu.Unlock()
	h.forget = context.AfterFunc(ctx, h.end)
	return h, nil
}

// orphan ends the helpers of a container whose main process has ended: they are
// in a network that nobody else is in.
func (r *Runtime) orphan(m *member) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for h := range m.helpers {
		_ = h.CloseWrite() // never fails
	}
}

type helperContainer struct {
	args   []string
	net    container.NetworkMode
	pid    container.PidMode
	mounts []mount.Mount
	caps   []string
	of     string // whose helper it is
	// addrs are fixed, in the network of that name; none leaves it to the engine.
	addrs []netip.Addr
}

func (c helperContainer) endpoint() *network.NetworkingConfig {
	if len(c.addrs) == 0 {
		return nil
	}
	return &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{
		string(c.net): {NetworkID: string(c.net), IPAMConfig: addressing(c.addrs)},
	}}
}

var _ runtimes.Relayed = (*helper)(nil)

// A helper is a container whose stdin is its lease.
type helper struct {
	r      *Runtime
	id     string
	conn   client.HijackedResponse
	stdout *io.PipeReader
	of     *member // in whose network it is
	wait   client.ContainerWaitResult
	ending sync.Once
	err    error
	forget func() bool // ctx
}

func (r *Runtime) runHelper(ctx context.Context, kind string, c helperContainer) (*helper, error) {
	if err := r.ensureImage(ctx); err != nil {
		return nil, err
	}
	labels := r.labels(kind)
	labels[LabelNode] = c.of
	res, err := r.e.cli.ContainerCreate(ctx, client.ContainerCreateOptions{
		Config: &container.Config{Image: r.img.ref, Cmd: c.args, Labels: labels, OpenStdin: true, StdinOnce: true,
			AttachStdin: true, AttachStdout: true, AttachStderr: true},
		HostConfig: &container.HostConfig{
			NetworkMode: c.net, PidMode: c.pid, Mounts: c.mounts, AutoRemove: true, ReadonlyRootfs: true, CapDrop: []string{"ALL"}, CapAdd: c.caps,
			SecurityOpt: []string{"no-new-privileges"}, LogConfig: container.LogConfig{Type: "none"},
		},
		NetworkingConfig: c.endpoint(),
	})
	if err != nil {
		return nil, err
	}
	h := &helper{r: r, id: res.ID, forget: func() bool { return true }}
	if err := h.start(ctx); err != nil {
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), lease)
		defer cancel()
		return nil, errors.Join(err, r.e.removeContainer(undo, h.id))
	}
	return h, nil
}

func (h *helper) start(ctx context.Context) error {
	cli := h.r.e.cli
	// The stream must outlive ctx, which is for the start alone.
	res, err := cli.ContainerAttach(context.WithoutCancel(ctx), h.id, client.ContainerAttachOptions{Stream: true, Stdin: true, Stdout: true, Stderr: true})
	if err != nil {
		return err
	}
	h.conn = res.HijackedResponse
	h.wait = cli.ContainerWait(h.r.life, h.id, client.ContainerWaitOptions{Condition: container.WaitConditionNextExit})
	if _, err := cli.ContainerStart(ctx, h.id, client.ContainerStartOptions{}); err != nil {
		h.conn.Close()
		return err
	}
	out, in := io.Pipe()
	h.stdout = out
	go func() {
		_, err := stdcopy.StdCopy(in, h.r.log, h.conn.Reader)
		if err != nil {
			_ = in.Close() // a cut stream is the end of the helper, as a closed pipe is
		}
		_ = in.Close() // never fails
	}()
	return nil
}

func (h *helper) Write(b []byte) (int, error) { return h.conn.Conn.Write(b) }
func (h *helper) Read(b []byte) (int, error)  { return h.stdout.Read(b) }

// Relayed implements [runtimes.Relayed]: containers may outlive their engine, which
// passes their input on.
func (h *helper) Relayed() {}

// CloseWrite ends the lease. It is safe to repeat.
func (h *helper) CloseWrite() error {
	_ = h.conn.CloseWrite() // fails only when the helper has gone already
	return nil
}

// Close ends the lease and waits until the helper has ended; if it takes too
// long it is killed. It is safe to repeat.
func (h *helper) Close() error {
	h.end()
	h.forget()
	_ = h.stdout.Close() // never fails
	return h.err
}

func (h *helper) end() {
	h.ending.Do(func() {
		_ = h.CloseWrite() // never fails
		h.err = h.finish()
		h.conn.Close()
		if h.of != nil {
			h.r.mu.Lock()
			delete(h.of.helpers, h)
			h.r.mu.Unlock()
		}
	})
}

// finish waits for the exit. What is still in its output must not hold it up.
func (h *helper) finish() error {
	limit := time.NewTimer(lease)
	defer limit.Stop()
	select {
	case res := <-h.wait.Result:
		if res.StatusCode != 0 {
			return fmt.Errorf("the helper ended with exit status %d; see helpers.log", res.StatusCode)
		}
		return nil
	case <-h.wait.Error:
		return nil // gone with its container or its engine
	case <-limit.C:
	}
	ctx, cancel := context.WithTimeout(context.Background(), lease)
	defer cancel()
	return errors.Join(fmt.Errorf("the helper did not end within %v of the end of its stdin, and was killed", lease), h.r.e.removeContainer(ctx, h.id))
}
