package subject

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/journal"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/compose"
	"github.com/drillctl/drillctl/runtimes/docker"
)

// A composing is a Compose application that drillctl has started, or is about
// to. What undoes it stands in the run's journal before it begins.
type composing struct {
	engine *docker.Engine
	tool   compose.Tool
	entry  journal.Entry
	path   string // of the journal
	limit  time.Duration
	tell   io.Writer
}

// KindCompose is the kind of its entry in the journal, and entryCompose begins
// the entry's ID.
const (
	KindCompose  = "application"
	entryCompose = "compose/"
)

// start brings the application up and waits until it is well. On an error it is
// taken down again.
func (a composed) start(ctx context.Context, e *docker.Engine, p Place) (*composing, error) {
	t, err := a.tool(ctx)
	if err != nil {
		return nil, err
	}
	s := &composing{engine: e, tool: t, path: rundir.Dir{Root: p.State, ID: p.ID}.Path(rundir.Journal), limit: a.patience, tell: p.Env.Err}
	if err := s.intend(ctx, a.app.Project, p); err != nil {
		return nil, fmt.Errorf("%w: %w", runner.ErrCannotRun, err)
	}
	if err := a.bringUp(ctx, s, p.Logs); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: start Compose project %s: %w", runner.ErrCannotRun, a.app.Project, err), s.end())
	}
	return s, nil
}

// bringUp runs the compose command within the application's patience.
func (a composed) bringUp(ctx context.Context, s *composing, logs string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, a.patience, fmt.Errorf("it took longer than %s", a.patience))
	defer cancel()
	said, err := s.tool.Up(ctx, a.app, composeEnviron(s.engine))
	if logErr := keepOutput(logs, said); err == nil {
		err = logErr
	}
	if err != nil {
		return err
	}
	n := 0
	for _, service := range a.app.Services {
		n += service.Scale
	}
	_, err = s.engine.AwaitWell(ctx, a.filter, n)
	return err
}

// composeEnviron is the environment of the compose command: it has to talk to
// the same engine.
func composeEnviron(e *docker.Engine) []string {
	env := os.Environ()
	if strings.HasPrefix(e.Host, "unix://") {
		env = append(env, "DOCKER_HOST="+e.Host)
	}
	return env
}

// keepOutput puts what the compose command printed into the run's logs.
func keepOutput(logs, said string) error {
	if err := os.MkdirAll(logs, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(logs, "compose-up.log"), []byte(said), 0o644)
}

// intend writes down what is about to be started, unless another run has it.
func (s *composing) intend(ctx context.Context, project string, p Place) error {
	keep, err := s.engine.Holdings(ctx, project)
	if err != nil {
		return err
	}
	undo, err := json.Marshal(composeUndo{project, keep})
	if err != nil {
		return err
	}
	s.entry = journal.Entry{ID: entryCompose + project, State: journal.Intent, Kind: KindCompose, Fault: undo,
		Ref: runtimes.Ref{Runtime: compose.Name, System: p.ID, ID: project}}
	if err := s.write(); err != nil {
		return err
	}
	other, err := composedBy(p.State, p.ID, project)
	if err == nil && other != "" {
		err = fmt.Errorf("the Compose project %s was started by run %s, which has not taken it down", project, other)
	}
	if err != nil {
		s.entry.State = journal.Reverted // nothing was started
		return errors.Join(err, s.write())
	}
	return nil
}

// composedBy is another run that has an application up, living or dead.
func composedBy(state, run, project string) (string, error) {
	dirs, err := rundir.List(state)
	if err != nil {
		return "", err
	}
	for _, d := range dirs {
		left, err := journal.Left(d.Path(rundir.Journal))
		if err != nil {
			return "", fmt.Errorf("run %s: %w", d.ID, err)
		}
		for _, e := range left {
			if d.ID != run && e.Ref.Runtime == compose.Name && e.Ref.ID == project {
				return d.ID, nil
			}
		}
	}
	return "", nil
}

func (s *composing) write() error {
	j, err := journal.Open(s.path)
	if err != nil {
		return err
	}
	return errors.Join(j.Append(s.entry), j.Close())
}

// end takes the application down. What could not be is left in the journal.
func (s *composing) end() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.limit)
	defer cancel()
	if err := takeDown(ctx, s.engine, s.entry, s.tell); err != nil {
		return fmt.Errorf("%w: %w", runner.ErrStuck, err)
	}
	s.entry.State = journal.Reverted
	return s.write()
}
