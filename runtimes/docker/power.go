package docker

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/runtimes"
)

// CutPower implements [runtimes.PowerCutter]. The restart policies are noted on
// disk and switched off first; then all processes are killed in one loop, past
// the engine.
func (r *Runtime) CutPower(ctx context.Context, names []string) (map[string]time.Duration, error) {
	on, err := r.named(ctx, names)
	if err != nil {
		return nil, err
	}
	procs := make([]*hostProcess, len(on))
	defer func() {
		for _, p := range procs {
			p.close()
		}
	}()
	err = parallel(len(on), func(i int) (err error) {
		procs[i], err = on[i].unplug(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("cutting the power: %w", err)
	}
	at, err := cut(on, procs)
	// The engine hears of it a little later.
	return at, errors.Join(err, parallel(len(on), func(i int) error { return on[i].awaitDown(ctx) }))
}

// awaitDown returns when the engine has seen the end of the main process.
func (i *Instance) awaitDown(ctx context.Context) error {
	w := i.r.e.cli.ContainerWait(ctx, i.m.id, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	select {
	case <-w.Result:
		return nil
	case err := <-w.Error:
		return i.explain("waiting for the end of", err)
	}
}

// named finds instances by name.
func (r *Runtime) named(ctx context.Context, names []string) ([]*Instance, error) {
	all, err := r.Instances(ctx)
	if err != nil {
		return nil, err
	}
	by := map[string]*Instance{}
	for _, in := range all {
		by[in.Node().Name] = in.(*Instance)
	}
	var on []*Instance
	for _, name := range names {
		in, ok := by[name]
		if !ok {
			return nil, fmt.Errorf("cutting the power of %s: %w", name, runtimes.ErrNoInstance)
		}
		on = append(on, in)
	}
	return on, nil
}

// unplug makes ready for the cut; the process is nil when there is none.
func (i *Instance) unplug(ctx context.Context) (*hostProcess, error) {
	c, err := i.inspect(ctx)
	if err != nil {
		return nil, err
	}
	if !c.HostConfig.RestartPolicy.IsNone() {
		if err := i.r.notes.keep(i.m.id, c.HostConfig.RestartPolicy); err != nil {
			return nil, err
		}
		if err := i.setPolicy(ctx, container.RestartPolicy{Name: container.RestartPolicyDisabled}); err != nil {
			return nil, err
		}
	}
	i.mark(true)
	if c.State.Pid == 0 {
		return nil, i.suppress(ctx)
	}
	return openProcess(c.State.Pid, i.m.id)
}

func cut(on []*Instance, procs []*hostProcess) (map[string]time.Duration, error) {
	at := map[string]time.Duration{}
	var errs error
	for n, p := range procs {
		stamp, err := p.signal(syscall.SIGKILL)
		at[on[n].m.node.Name] = stamp
		if err != nil {
			errs = errors.Join(errs, fmt.Errorf("cutting the power of %s: %w", on[n].m.node.Name, err))
		}
	}
	return at, errs
}
