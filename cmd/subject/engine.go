package subject

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/docker"
)

// engineWhere is the container engine that the docker command would use.
func engineWhere(env terminal.Env, remote bool) docker.Where {
	w := docker.Where{Host: env.Getenv("DOCKER_HOST"), Context: env.Getenv("DOCKER_CONTEXT"), ConfigDir: env.Getenv("DOCKER_CONFIG"), AllowRemote: remote}
	if w.ConfigDir == "" {
		if home, err := os.UserHomeDir(); err == nil { // without one there are no settings
			w.ConfigDir = filepath.Join(home, ".docker")
		}
	}
	return w
}

// dockerSystem is a system of containers with the engine that it holds. As a pointer
// it can be told from others, by which damage of whole systems goes.
type dockerSystem struct {
	*docker.Runtime
	engine *docker.Engine
	env    terminal.Env
}

// Close removes the system and lets go of the engine. What the engine keeps though
// nothing is in it is told, and changes no result.
func (d *dockerSystem) Close() error {
	return errors.Join(tellHollow(d.env.Err, d.Runtime.Close()), d.engine.Close())
}

// tellHollow warns of a [docker.HollowError] and returns every other error.
func tellHollow(tell io.Writer, err error) error {
	if hollow := (*docker.HollowError)(nil); errors.As(err, &hollow) {
		fmt.Fprintf(tell, "drillctl: warning: %v\n", hollow)
		return nil
	}
	return err
}

func holding(rt *docker.Runtime, e *docker.Engine, env terminal.Env) Starter {
	return &dockerSystem{rt, e, env}
}

// openDocker makes an empty system of containers. What dead runs of the same
// state directory left on the engine is removed first.
func openDocker(ctx context.Context, p Place) (Starter, error) {
	e, err := docker.Connect(ctx, engineWhere(p.Env, p.Remote))
	if err != nil {
		return nil, err
	}
	rt, err := openOn(ctx, e, p)
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return holding(rt, e, p.Env), nil
}

func openOn(ctx context.Context, e *docker.Engine, p Place) (*docker.Runtime, error) {
	if _, err := sweepEngine(ctx, e, func(l docker.Leftover) bool { return l.Dead() && l.StateDir == p.State }); err != nil {
		return nil, err
	}
	return docker.New(ctx, p.dockerOptions(e))
}

func (p Place) dockerOptions(e *docker.Engine) docker.Options {
	return docker.Options{Engine: e, Exe: p.Env.Exe, RunID: p.ID, StateDir: p.State, LogDir: p.Logs}
}

// sweepEngine removes the containers and networks of chosen runs and returns
// those of which nothing is left.
func sweepEngine(ctx context.Context, e *docker.Engine, choose func(docker.Leftover) bool) ([]docker.Leftover, error) {
	all, err := e.Leftovers(ctx)
	if err != nil {
		return nil, err
	}
	var gone []docker.Leftover
	var errs error
	for _, l := range all {
		if !choose(l) {
			continue
		}
		err := e.Remove(ctx, l.Run)
		if hollow := (*docker.HollowError)(nil); errors.As(err, &hollow) {
			continue // told when it was made so, and in nobody's way
		}
		if err != nil {
			errs = errors.Join(errs, err)
			continue
		}
		gone = append(gone, l)
	}
	return gone, errs
}

// Engines connects to the engine when it is first needed.
type Engines struct {
	Where docker.Where
	once  sync.Once
	e     *docker.Engine
	err   error
}

// NewEngines is for the engine that the docker command would use; remote allows one
// on another machine.
func NewEngines(env terminal.Env, remote bool) *Engines {
	return &Engines{Where: engineWhere(env, remote)}
}

// Get is the engine, or why it cannot be reached.
func (g *Engines) Get(ctx context.Context) (*docker.Engine, error) {
	g.once.Do(func() { g.e, g.err = docker.Connect(ctx, g.Where) })
	return g.e, g.err
}

// Close lets go of the engine, if there is one.
func (g *Engines) Close() error {
	if g.e == nil {
		return nil
	}
	return g.e.Close()
}

// Reopen is the runtime of a journal entry whose instance is a container.
func (g *Engines) Reopen(ctx context.Context, d rundir.Dir, ref runtimes.Ref) (runtimes.Runtime, error) {
	e, err := g.Get(ctx)
	if err != nil {
		return nil, err
	}
	return docker.Open(docker.Options{Engine: e, RunID: ref.System, LogDir: d.Path(rundir.Logs)})
}
