// Package host is the machine on which drillctl runs, as a runtime with one
// instance: from there the load reaches systems that drillctl only measures, and
// there the user's own commands run. It starts nothing and stops nothing.
package host

import (
	"context"
	"fmt"
	"net"
	"os"

	"github.com/drillctl/drillctl/internal/program"
	"github.com/drillctl/drillctl/runtimes"
)

// Name of the runtime in refs and records.
const Name = "host"

// A Runtime is this machine.
type Runtime struct{ instance *Instance }

// New returns this machine; exe is this very binary.
func New(exe string) *Runtime { return &Runtime{&Instance{exe: exe}} }

// Instances implements runtimes.Runtime.
func (r *Runtime) Instances(context.Context) ([]runtimes.Instance, error) {
	return []runtimes.Instance{r.instance}, nil
}

// Instance is the machine itself.
func (r *Runtime) Instance() *Instance { return r.instance }

// Reopen implements runtimes.Runtime: the machine is there as long as somebody
// asks.
func (r *Runtime) Reopen(_ context.Context, ref runtimes.Ref) (runtimes.Instance, error) {
	if ref.Runtime != Name {
		return nil, fmt.Errorf("%w: %s is of runtime %s", runtimes.ErrNoInstance, ref.ID, ref.Runtime)
	}
	return r.instance, nil
}

// Close implements runtimes.Runtime: there is nothing to end.
func (r *Runtime) Close() error { return nil }

// An Instance is this machine as an instance.
type Instance struct{ exe string }

// Node is what the machine is in a plan: the client, which is never hit.
func Node() runtimes.Node { return runtimes.Node{Name: runtimes.HostName, Role: "client"} }

// Ref implements runtimes.Instance.
func (i *Instance) Ref() runtimes.Ref {
	return runtimes.Ref{Runtime: Name, System: Name, ID: runtimes.HostName}
}

// Node implements runtimes.Instance.
func (i *Instance) Node() runtimes.Node { return Node() }

// RunCommand implements runtimes.Commander, with drillctl's own environment.
func (i *Instance) RunCommand(ctx context.Context, dir string, argv []string) (int, string, error) {
	r := program.RunIn(ctx, dir, argv, os.Environ())
	if r.Err != "" {
		return r.Exit, r.Output, fmt.Errorf("%s: %s", argv[0], r.Err)
	}
	return r.Exit, r.Output, nil
}

// DialContext implements runtimes.Dialer.
func (i *Instance) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, address)
}

var (
	_ runtimes.Commander = (*Instance)(nil)
	_ runtimes.InNet     = (*Instance)(nil)
	_ runtimes.Dialer    = (*Instance)(nil)
)
