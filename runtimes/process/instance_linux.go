package process

import (
	"context"
	"io"
	"net"
	"path/filepath"
	"syscall"
	"time"

	"github.com/drillctl/drillctl/internal/tail"
	"github.com/drillctl/drillctl/runtimes"
)

// An Instance is one node. It allows every act of package runtimes.
type Instance struct {
	r    *Runtime
	node runtimes.Node
}

// Ref implements [runtimes.Instance].
func (i *Instance) Ref() runtimes.Ref {
	return runtimes.Ref{Runtime: Name, System: i.r.options.RunID, ID: i.node.Name}
}

// Node implements [runtimes.Instance]. Addresses never change.
func (i *Instance) Node() runtimes.Node { return i.node }

func (i *Instance) act(ctx context.Context, op string, q request) (time.Duration, error) {
	q.Name = i.node.Name
	a, err := i.r.client.call(ctx, op, q)
	return a.At, err
}

// Status implements [runtimes.Stater]. The PID is that of the host's namespace.
func (i *Instance) Status(ctx context.Context) (runtimes.Status, error) {
	a, err := i.r.client.call(ctx, opStatus, request{Name: i.node.Name})
	if err != nil {
		return runtimes.Status{}, err
	}
	return *a.Status, nil
}

// Kill implements [runtimes.Killer]; it returns when the process is no more.
func (i *Instance) Kill(ctx context.Context) (time.Duration, error) {
	return i.act(ctx, opKill, request{})
}

// Crash implements [runtimes.Crasher]. Crashing what is down is an error.
func (i *Instance) Crash(ctx context.Context, sig syscall.Signal) (time.Duration, error) {
	return i.act(ctx, opCrash, request{Signal: int(sig)})
}

// Stop implements [runtimes.Stopper]; it returns when the process is no more.
func (i *Instance) Stop(ctx context.Context, grace time.Duration) (time.Duration, error) {
	return i.act(ctx, opStop, request{Grace: grace})
}

// Start implements [runtimes.Stopper]. It does not wait until the node is
// ready, nor thaw a paused one.
func (i *Instance) Start(ctx context.Context) (time.Duration, error) {
	return i.act(ctx, opUp, request{})
}

// Pause implements [runtimes.Pauser]; it returns when the kernel has stopped
// all threads. Pausing what is down is an error.
func (i *Instance) Pause(ctx context.Context) (time.Duration, error) {
	return i.act(ctx, opPause, request{})
}

// Unpause implements [runtimes.Pauser].
func (i *Instance) Unpause(ctx context.Context) (time.Duration, error) {
	return i.act(ctx, opUnpause, request{})
}

// Logs implements [runtimes.Logger]: stdout and stderr of all the processes
// that the instance has had. After ctx or the Runtime has ended the reader
// gives what has been written until then, and io.EOF. The caller closes it.
func (i *Instance) Logs(ctx context.Context) (io.ReadCloser, error) {
	return tail.Follow(ctx, filepath.Join(i.r.options.LogDir, i.node.Name+".log"), i.r.host.exited)
}

// DialContext implements [runtimes.Dialer]. Network is tcp or udp, address an
// IP address and a port.
func (i *Instance) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return i.r.client.dial(ctx, i.node.Name, network, address)
}

// RunInNet implements [runtimes.InNet]. The helper's stderr goes to
// helpers.log. It has two seconds to end after its stdin is closed, or ctx has
// ended; then it is killed.
func (i *Instance) RunInNet(ctx context.Context, args []string) (runtimes.Process, error) {
	return i.r.client.runInNet(ctx, i.node.Name, args)
}
