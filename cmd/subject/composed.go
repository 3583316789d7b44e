package subject

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/compose"
	"github.com/drillctl/drillctl/runtimes/docker"
	"github.com/drillctl/drillctl/scenarios"
)

// composed is a Compose application: attached to where it is up already, else
// started for the drill and taken down after it.
type composed struct {
	attached
	app      compose.App
	patience time.Duration
}

// newComposed reads the application's files.
func newComposed(env terminal.Env, own reached, sc *scenarios.Scenario) (Subject, error) {
	app, problems := LoadCompose(sc)
	if len(problems) > 0 {
		return nil, exit.Usagef(problems[0].Hint, "%s", problems[0])
	}
	c := sc.System.Compose
	return composed{attached{own, docker.Filter{Project: app.Project}, c.Members, env, nil}, app, std(c.Patience)}, nil
}

// LoadCompose reads an application's files, and finds what of the scenario does
// not fit them.
func LoadCompose(sc *scenarios.Scenario) (compose.App, []scenarios.Problem) {
	const at = "system.compose"
	c := sc.System.Compose
	app, err := compose.Load(context.Background(), compose.Source{Dir: sc.Dir(), Files: c.File, Project: c.Project, Profiles: c.Profiles, Environ: os.Environ()})
	if err != nil {
		return app, []scenarios.Problem{sc.ProblemAt(at+".file", "'docker compose config' says more of its files", fmt.Sprintf("%s: %v", at, err))}
	}
	var names []string
	for _, s := range app.Services {
		names = append(names, s.Name)
	}
	var problems []scenarios.Problem
	for _, s := range c.Services {
		if !slices.Contains(names, s.Name) {
			problems = append(problems, sc.ProblemAt(at+".services."+s.Name, "its services: "+strings.Join(names, ", "), fmt.Sprintf("%s.services: %s has no service %q", at, app.Files[0], s.Name)))
		}
	}
	return app, problems
}

// Where implements subject.
func (a composed) Where() Where {
	return Where{Runtime: docker.Name, System: fmt.Sprintf("Compose project %s (%s)", a.app.Project, filepath.Base(a.app.Files[0]))}
}

// Here implements subject: the files were read, and there is a compose command
// should the application have to be started.
func (a composed) Here(ctx context.Context) error {
	if err := a.reached.Here(ctx); err != nil {
		return err
	}
	e, err := docker.Connect(ctx, engineWhere(a.env, false))
	if err != nil {
		return fmt.Errorf("%w: %w", runner.ErrCannotRun, err)
	}
	up, err := a.up(ctx, e)
	if err = errors.Join(err, e.Close()); err != nil || up {
		return err
	}
	_, err = a.tool(ctx)
	return err
}

func (a composed) tool(ctx context.Context) (compose.Tool, error) {
	t, err := compose.FindTool(ctx, os.Environ())
	if err != nil {
		return t, exit.Hint(fmt.Errorf("%w: %w", runner.ErrCannotRun, err), "install it, or bring the application up yourself: drillctl attaches to it")
	}
	return t, nil
}

// up says whether the application is up. One that is there in part is an error:
// it is not drillctl's to mend or to remove.
func (a composed) up(ctx context.Context, e *docker.Engine) (bool, error) {
	found, err := e.Find(ctx, a.filter)
	if errors.Is(err, runtimes.ErrNoInstance) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%w: %w", runner.ErrCannotRun, err)
	}
	var wrong []string
	for _, s := range a.app.Services {
		if s.Scale > 0 && !slices.ContainsFunc(found, func(f docker.Found) bool { return f.Service == s.Name }) {
			wrong = append(wrong, "there is no "+s.Name)
		}
	}
	for _, f := range found {
		if what, _ := f.Trouble(); what != "" {
			wrong = append(wrong, what)
		}
	}
	if len(wrong) == 0 {
		return true, nil
	}
	return false, exit.Hint(fmt.Errorf("%w: Compose project %s is up in part: %s", runner.ErrCannotRun, a.app.Project, strings.Join(wrong, ", ")),
		"bring it up yourself, or take it down so that drillctl starts it")
}

// Nodes implements subject: its containers, or those that it will have.
func (a composed) Nodes(ctx context.Context) ([]runtimes.Node, error) {
	e, err := docker.Connect(ctx, engineWhere(a.env, false))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", runner.ErrCannotRun, err)
	}
	up, err := a.up(ctx, e)
	if err = errors.Join(err, e.Close()); err != nil {
		return nil, err
	}
	if up {
		return a.attached.Nodes(ctx)
	}
	t, err := a.tool(ctx)
	if err != nil {
		return nil, err
	}
	var nodes []runtimes.Node
	for _, c := range a.app.Containers(t) {
		nodes = append(nodes, nodeOf(a.members, docker.Found{Name: c.Name, Service: c.Service, Labels: c.Labels}))
	}
	return nodes, nil
}

// Raise implements subject.
func (a composed) Raise(ctx context.Context, p Place) (*Raised, error) {
	e, err := docker.Connect(ctx, engineWhere(p.Env, p.Remote))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", runner.ErrCannotRun, err)
	}
	up, err := a.up(ctx, e)
	if err != nil || up {
		if err = errors.Join(err, e.Close()); err != nil {
			return nil, err
		}
		r, err := a.attached.Raise(ctx, p)
		if r != nil {
			r.Text += " of Compose project " + a.app.Project + ", which was up already and stays"
		}
		return r, err
	}
	r, err := a.raiseOn(ctx, e, p)
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return r, nil
}

// raiseOn starts the application. On an error nothing is left of it.
func (a composed) raiseOn(ctx context.Context, e *docker.Engine, p Place) (*Raised, error) {
	f, secrets, err := a.foreign(p.ID)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	s, err := a.start(ctx, e, p)
	if err != nil {
		return nil, err
	}
	o := p.dockerOptions(e)
	o.KeepLogs = true
	r, err := a.attach(ctx, e, o, p.Env.Exe)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: attach to the containers: %w", runner.ErrCannotRun, err), s.end())
	}
	rt := r.Runtime
	r.foreign, r.Secrets = f, secrets
	r.Text = fmt.Sprintf("%d containers of Compose project %s up after %s, by %s", len(r.Nodes), a.app.Project, since(began), s.tool)
	ended := false
	r.End = func() error {
		if ended {
			return nil
		}
		ended = true
		return errors.Join(rt.Close(), s.end(), e.Close())
	}
	return r, nil
}
