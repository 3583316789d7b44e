package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

// New starts the host and its bridge. Where this machine allows no namespaces
// the error wraps [runtimes.ErrUnsupported] and says what to do. The caller
// closes the Runtime; should it not live to do so, the kernel does.
func New(ctx context.Context, o Options) (*Runtime, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.LogDir, 0o755); err != nil {
		return nil, fmt.Errorf("process runtime: making the log directory: %w", err)
	}
	r := &Runtime{options: o, nodes: map[string]runtimes.Node{}, log: io.NopCloser(nil)}
	if o.Stderr == nil {
		f, err := hostLog(o.LogDir)
		if err != nil {
			return nil, fmt.Errorf("process runtime: %w", err)
		}
		r.log, r.options.Stderr = f, f
	}
	var errs []error
	for _, ns := range choices() {
		if err = r.open(ctx, ns); err == nil {
			return r, nil
		}
		errs = append(errs, fmt.Errorf("%s: %w", ns.text, err))
	}
	return nil, errors.Join(explain(errors.Join(errs...)), r.log.Close())
}

// open starts the host in ns and configures it.
func (r *Runtime) open(ctx context.Context, ns namespaces) error {
	host, err := spawn(r.options, ns)
	if err != nil {
		return err
	}
	w, err := newWire(host.control)
	if err != nil {
		return errors.Join(err, host.kill())
	}
	r.host, r.client, r.text = host, newClient(w), ns.text
	a, err := r.client.call(ctx, opConfigure, request{Config: &hostConfig{
		Exe: r.options.Exe, Env: baseEnv(os.Environ()), LogDir: r.options.LogDir,
		V4: r.options.V4, V6: r.options.V6,
	}})
	if err != nil {
		return errors.Join(err, r.end())
	}
	if a.IPv6 {
		r.v6 = r.options.V6
	}
	return nil
}

// end closes the socket, upon which the host ends, and waits for that.
func (r *Runtime) end() error {
	r.client.wire.conn.Close()
	select {
	case <-r.host.exited:
	case <-time.After(2 * time.Second):
		if err := r.host.kill(); err != nil {
			return fmt.Errorf("ending the process host: %w", err)
		}
		<-r.host.exited
	}
	if r.host.err != nil {
		return fmt.Errorf("the process host ended: %w%s", r.host.err, lastLines(r.options.LogDir+"/host.log"))
	}
	return nil
}

// Close kills all nodes and ends their namespaces. It returns when nothing is
// left, and is safe to repeat.
func (r *Runtime) Close() error {
	var err error
	r.closing.Do(func() { err = errors.Join(r.end(), r.log.Close()) })
	<-r.host.exited
	return err
}
