package process

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

// A Runtime is one system of processes. It is a [runtimes.Runtime], Starter,
// Subnetter, PowerCutter, Watcher and Dialer (from the bridge's own namespace);
// its instances allow every act. It is safe for concurrent use.
type Runtime struct {
	options Options
	v6      netip.Prefix // invalid where the kernel has no IPv6
	text    string       // the namespaces it lives in
	host    *hostProcess
	client  *client
	log     io.Closer
	closing sync.Once

	mu    sync.Mutex
	nodes map[string]runtimes.Node
}

// Start raises nodes in parallel and waits until all are ready: as long as ctx
// allows, 30 s at most. On an error, which names those that are not ready with
// the end of their logs, none of them is left. It may be called again for more.
func (r *Runtime) Start(ctx context.Context, nodes []runtimes.Node) error {
	if _, err := r.client.call(ctx, opStart, request{Nodes: nodes}); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range nodes {
		r.nodes[n.Name] = n
	}
	return nil
}

// Subnets are where nodes may have addresses; the last but one of each is the
// bridge's. v6 is invalid where the kernel has no IPv6.
func (r *Runtime) Subnets() (v4, v6 netip.Prefix) { return r.options.V4, r.v6 }

// Instances lists all instances by name.
func (r *Runtime) Instances(ctx context.Context) ([]runtimes.Instance, error) {
	if err := r.alive(ctx); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.nodes) == 0 {
		return nil, fmt.Errorf("the process runtime has started nothing: %w", runtimes.ErrNoInstance)
	}
	var all []runtimes.Instance
	for _, name := range slices.Sorted(maps.Keys(r.nodes)) {
		all = append(all, &Instance{r, r.nodes[name]})
	}
	return all, nil
}

// Reopen finds instances of this very Runtime; those of others are gone, since
// a system of processes dies with the drillctl that made it.
func (r *Runtime) Reopen(ctx context.Context, ref runtimes.Ref) (runtimes.Instance, error) {
	if err := r.alive(ctx); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	n, ok := r.nodes[ref.ID]
	if !ok || ref.Runtime != Name || ref.System != r.options.RunID {
		return nil, fmt.Errorf("%s of run %s: its processes ended with the drillctl that made them: %w",
			ref.ID, ref.System, runtimes.ErrGone)
	}
	return &Instance{r, n}, nil
}

func (r *Runtime) alive(ctx context.Context) error {
	select {
	case <-r.client.gone:
		return closedError(nil)
	default:
		return ctx.Err()
	}
}

// CutPower implements [runtimes.PowerCutter].
func (r *Runtime) CutPower(ctx context.Context, names []string) (map[string]time.Duration, error) {
	a, err := r.client.call(ctx, opCut, request{Names: names})
	return a.Ats, err
}

// Watch implements [runtimes.Watcher].
func (r *Runtime) Watch(ctx context.Context) (<-chan runtimes.InstanceEvent, error) {
	return r.client.watch(ctx)
}

// DialContext connects from the bridge's own namespace, from where all nodes
// can be reached. Network is tcp or udp, address an IP address and a port.
func (r *Runtime) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return r.client.dial(ctx, "", network, address)
}
