// Package fake is a runtime in memory, for tests of what uses runtimes. It
// starts no process and, but for helpers and timers of restarts, no goroutine;
// it works in a bubble of testing/synctest, where delays take no real time.
//
//	r := fake.New("run-1")
//	r.Script("api-1", fake.Kill, fake.Outcome{Err: errors.New("no such thing")})
//	r.Start(ctx, nodes)
package fake

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

// Name is what a [runtimes.Ref] of this package has as its Runtime.
const Name = "fake"

// A Runtime is one system in memory. It offers every act of package runtimes.
// Set its fields before use; the methods are safe for concurrent use.
type Runtime struct {
	// Now stamps the acts; by default it is the time since New on the clock of
	// package time, which is the bubble's under synctest. (mono.Now is not.)
	Now func() time.Duration
	// Helper is what RunInNet runs, until its stdin or ctx ends. Without it
	// RunInNet is unsupported.
	Helper func(ctx context.Context, h HelperCall) error
	// Dial is what DialContext does; from is the instance, or "". Without it
	// DialContext is unsupported.
	Dial func(ctx context.Context, from, network, address string) (net.Conn, error)

	system string

	mu        sync.Mutex
	instances map[string]*Instance
	scripts   map[key][]Outcome
	calls     []Call
	watches   map[chan struct{}]*watch
	closed    bool
	helpers   sync.WaitGroup
	end       context.CancelFunc
	life      <-chan struct{}
}

// A HelperCall is one RunInNet.
type HelperCall struct {
	Node   runtimes.Node
	Args   []string
	Stdin  io.Reader
	Stdout io.Writer
}

// New makes a runtime for the system of that name (in Refs).
func New(system string) *Runtime {
	born := time.Now()
	life, end := context.WithCancel(context.Background())
	return &Runtime{
		Now:    func() time.Duration { return time.Since(born) + 1 }, // no stamp is 0
		system: system, instances: map[string]*Instance{}, scripts: map[key][]Outcome{},
		watches: map[chan struct{}]*watch{}, end: end, life: life.Done(),
	}
}

// Start starts nodes in no time, but for the delays that Script says, one after
// another.
func (r *Runtime) Start(ctx context.Context, nodes []runtimes.Node) error {
	if len(nodes) == 0 {
		return fmt.Errorf("starting nothing: %w", runtimes.ErrNoInstance)
	}
	for _, n := range nodes {
		if err := r.begin(ctx, n.Name, Start, ""); err != nil {
			return fmt.Errorf("starting the system: %s: %w", n.Name, err)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range nodes {
		if r.instances[n.Name] != nil {
			return fmt.Errorf("node %s: the name is taken", n.Name)
		}
	}
	for _, n := range nodes {
		in := &Instance{r: r, node: n, grown: make(chan struct{})}
		r.instances[n.Name] = in
		in.launch("started", "")
		in.tell(r.Now(), "ready", "")
	}
	return nil
}

// Subnets are those of the process runtime.
func (r *Runtime) Subnets() (v4, v6 netip.Prefix) {
	return netip.MustParsePrefix("10.77.0.0/16"), netip.MustParsePrefix("fd77::/64")
}

// Instances lists all instances by name.
func (r *Runtime) Instances(ctx context.Context) ([]runtimes.Instance, error) {
	if err := r.begin(ctx, "", List, ""); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.instances) == 0 {
		return nil, fmt.Errorf("the fake runtime has started nothing: %w", runtimes.ErrNoInstance)
	}
	var all []runtimes.Instance
	for _, name := range slices.Sorted(maps.Keys(r.instances)) {
		all = append(all, r.instances[name])
	}
	return all, nil
}

// Reopen finds an instance of this Runtime, unless it was removed.
func (r *Runtime) Reopen(ctx context.Context, ref runtimes.Ref) (runtimes.Instance, error) {
	if err := r.begin(ctx, ref.ID, Reopen, ""); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	in := r.instances[ref.ID]
	if in == nil || ref.Runtime != Name || ref.System != r.system {
		return nil, fmt.Errorf("%s of %s: %w", ref.ID, ref.System, runtimes.ErrGone)
	}
	return in, nil
}

// CutPower implements [runtimes.PowerCutter]; all stamps are the same.
func (r *Runtime) CutPower(ctx context.Context, names []string) (map[string]time.Duration, error) {
	ins := make([]*Instance, 0, len(names))
	for _, name := range names {
		in, err := r.find(name)
		if err != nil {
			return nil, err
		}
		ins = append(ins, in)
	}
	for _, in := range ins {
		if err := r.begin(ctx, in.node.Name, Cut, ""); err != nil {
			return nil, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	at := make(map[string]time.Duration, len(ins))
	now := r.Now()
	for _, in := range ins {
		in.keepDown(now, "power cut")
		at[in.node.Name] = now
	}
	return at, nil
}

func (r *Runtime) find(name string) (*Instance, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if in := r.instances[name]; in != nil {
		return in, nil
	}
	return nil, fmt.Errorf("%q: %w", name, runtimes.ErrNoInstance)
}

// DialContext is Dial from nowhere.
func (r *Runtime) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return r.dial(ctx, "", network, address)
}

func (r *Runtime) dial(ctx context.Context, from, network, address string) (net.Conn, error) {
	if r.Dial == nil {
		return nil, fmt.Errorf("dialing %s in a fake without Dial: %w", address, runtimes.ErrUnsupported)
	}
	if err := r.begin(ctx, from, Dial, address); err != nil {
		return nil, err
	}
	return r.Dial(ctx, from, network, address)
}

// Close stops everything and waits for the helpers. It is safe to repeat.
func (r *Runtime) Close() error {
	r.mu.Lock()
	if !r.closed {
		r.closed = true
		r.end()
		for _, in := range r.instances {
			in.keepDown(r.Now(), "closed")
		}
		for _, w := range r.watches {
			w.finish()
		}
	}
	r.mu.Unlock()
	r.helpers.Wait()
	return nil
}
