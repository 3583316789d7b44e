package docker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/runtimes"
)

// A Runtime is one system of containers: its own, or some that ran already. It
// is a [runtimes.Runtime], Starter, Subnetter, PowerCutter, Watcher and Dialer;
// its instances allow every act. It is safe for concurrent use.
type Runtime struct {
	e       *Engine
	options Options
	imgOnce sync.Mutex
	img     image
	net     string // the system's own network, "" for containers of others
	v4, v6  netip.Prefix
	hub     *hub
	events  *watch
	notes   *notes
	keep    bool     // what carries the run's label is not removed
	log     *os.File // of helpers

	// life ends with the runtime, and with it all that watches.
	life context.Context
	end  context.CancelFunc
	all  sync.WaitGroup // watchers and log pumps

	mu      sync.Mutex
	members map[string]*member // by container
	closed  chan struct{}
	closing sync.Once
	err     error
}

// A member is one container of the system.
type member struct {
	id     string
	system string
	node   runtimes.Node
	own    bool // made by this runtime
	// down says that it was stopped, killed or cut off by us.
	down  bool
	since time.Duration // of Paused, which the engine does not date
	ooms  int           // that the engine has told of
	// shown is what the events have told of it.
	shown runtimes.State
	pump  *pump
	disk  *helper // keeps its disk, if it has one of its own
	// helpers are in its network, which ends with its main process.
	helpers map[*helper]bool
}

// New makes a system's network and image; nothing runs yet.
func New(ctx context.Context, o Options) (*Runtime, error) {
	if o.Engine == nil || o.Exe == "" || o.RunID == "" || o.LogDir == "" {
		return nil, errors.New("docker runtime: Engine, Exe, RunID and LogDir must be set")
	}
	r, err := newRuntime(o)
	if err != nil {
		return nil, err
	}
	if err := r.open(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func newRuntime(o Options) (*Runtime, error) {
	if len(o.HubArgs) == 0 {
		o.HubArgs = []string{HubCommand}
	}
	r := &Runtime{e: o.Engine, options: o, members: map[string]*member{}, closed: make(chan struct{})}
	r.life, r.end = context.WithCancel(context.Background())
	if o.LogDir == "" {
		return r, nil
	}
	if err := os.MkdirAll(o.LogDir, 0o755); err != nil {
		return nil, fmt.Errorf("docker runtime: making the log directory: %w", err)
	}
	var err error
	if r.log, err = os.OpenFile(o.LogDir+"/helpers.log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644); err != nil {
		return nil, fmt.Errorf("docker runtime: %w", err)
	}
	r.notes, err = openNotes(o.LogDir)
	return r, err
}

func (r *Runtime) open(ctx context.Context) (err error) {
	if err = r.ensureImage(ctx); err != nil {
		return err
	}
	if err = r.makeNetwork(ctx); err != nil {
		return err
	}
	return r.watchEngine(ctx)
}

// ensureImage has the image of nodes and helpers, once.
func (r *Runtime) ensureImage(ctx context.Context) (err error) {
	r.imgOnce.Lock()
	defer r.imgOnce.Unlock()
	if r.img.ref == "" {
		r.img, err = r.e.ensureImage(ctx, r.options.Exe)
	}
	return err
}

func (r *Runtime) labels(kind string) map[string]string {
	return map[string]string{LabelRun: r.options.RunID, LabelKind: kind, LabelOwner: owner(), LabelState: r.options.StateDir}
}

// Instances lists all instances by name.
func (r *Runtime) Instances(ctx context.Context) ([]runtimes.Instance, error) {
	if err := r.alive(ctx); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.members) == 0 {
		return nil, fmt.Errorf("the docker runtime has no containers: %w", runtimes.ErrNoInstance)
	}
	var all []runtimes.Instance
	for _, m := range slices.SortedFunc(maps.Values(r.members), byName) {
		all = append(all, &Instance{r: r, m: m})
	}
	return all, nil
}

// Reopen finds a container by its id, also one of a run that is over.
func (r *Runtime) Reopen(ctx context.Context, ref runtimes.Ref) (runtimes.Instance, error) {
	if err := r.alive(ctx); err != nil {
		return nil, err
	}
	if ref.Runtime != Name {
		return nil, fmt.Errorf("%s is of the %s runtime: %w", ref.ID, ref.Runtime, runtimes.ErrGone)
	}
	r.mu.Lock()
	m, ok := r.members[ref.ID]
	r.mu.Unlock()
	if ok && ref.System == r.options.RunID {
		return &Instance{r: r, m: m}, nil
	}
	return r.reopen(ctx, ref)
}

func (r *Runtime) reopen(ctx context.Context, ref runtimes.Ref) (runtimes.Instance, error) {
	c, err := r.e.cli.ContainerInspect(ctx, ref.ID, client.ContainerInspectOptions{})
	if errdefs.IsNotFound(err) {
		return nil, fmt.Errorf("container %s: %w", short(ref.ID), runtimes.ErrGone)
	}
	if err != nil {
		return nil, fmt.Errorf("container %s: %w", short(ref.ID), err)
	}
	if run, own := c.Container.Config.Labels[LabelRun]; own && run != ref.System {
		return nil, fmt.Errorf("container %s is of run %s: %w", short(ref.ID), run, runtimes.ErrGone)
	}
	m := &member{id: c.Container.ID, system: ref.System, node: nodeOf(c.Container)}
	return &Instance{r: r, m: m}, nil
}

func (r *Runtime) alive(ctx context.Context) error {
	select {
	case <-r.closed:
		return fmt.Errorf("the docker runtime is closed: %w", runtimes.ErrGone)
	default:
		return ctx.Err()
	}
}

// DialContext connects from the system's own network, from where all nodes can
// be reached.
func (r *Runtime) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if err := r.alive(ctx); err != nil {
		return nil, err
	}
	if r.hub == nil {
		d := net.Dialer{} // containers of others are reached as this machine reaches them
		return d.DialContext(ctx, network, address)
	}
	return r.hub.dial(ctx, network, address)
}

// DataDir is where nodes keep what must survive their restart.
func (r *Runtime) DataDir() string { return "/data" }

// Close removes all that the runtime made, and nothing else. It returns when
// nothing is left but what a [*HollowError] names, and is safe to repeat.
func (r *Runtime) Close() error {
	r.closing.Do(func() {
		close(r.closed)
		ctx, cancel := context.WithTimeout(context.Background(), closePatience)
		defer cancel()
		r.err = r.tearDown(ctx)
		r.end()
		r.all.Wait()
		if r.log != nil {
			r.err = besides(r.log.Close(), r.err)
		}
	})
	return r.err
}

func (r *Runtime) tearDown(ctx context.Context) error {
	r.mu.Lock()
	members := slices.Collect(maps.Values(r.members))
	r.mu.Unlock()
	var err error
	if r.hub != nil {
		err = r.hub.Close()
	}
	for _, m := range members {
		if m.pump != nil {
			m.pump.finish(ctx)
		}
	}
	err = errors.Join(err, parallel(len(members), func(i int) error { return members[i].releaseDisk() }))
	if r.keep {
		return err
	}
	// Containers of others do not carry the run's label: they stay as they are.
	return besides(err, r.e.remove(ctx, r.options.RunID))
}

func byName(a, b *member) int {
	switch {
	case a.node.Name < b.node.Name:
		return -1
	case a.node.Name > b.node.Name:
		return 1
	}
	return 0
}

// short is an id as people know it.
func short(id string) string { return id[:min(12, len(id))] }
