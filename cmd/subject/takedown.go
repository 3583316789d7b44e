package subject

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/journal"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/docker"
)

// A composeUndo is what taking an application down has to know: what of its
// project was there before it, and stays.
type composeUndo struct {
	Project string          `json:"project"`
	Keep    docker.Holdings `json:"keep"`
}

// takeDown undoes an entry of the journal. What the engine keeps all the same is told
// to tell.
func takeDown(ctx context.Context, e *docker.Engine, entry journal.Entry, tell io.Writer) error {
	var undo composeUndo
	if err := json.Unmarshal(entry.Fault, &undo); err != nil {
		return fmt.Errorf("read back what was started: %w", err)
	}
	if err := tellHollow(tell, e.RemoveProject(ctx, undo.Project, undo.Keep)); err != nil {
		return fmt.Errorf("take down Compose project %s: %w", undo.Project, err)
	}
	return nil
}

// A ComposeTaker is the runtime of such an entry for recover: it has no instances, but
// takes the application down.
type ComposeTaker struct {
	Engine *docker.Engine
	Tell   io.Writer // of networks that the engine keeps though nobody is in them
}

var _ runner.Undoer = ComposeTaker{}

// Undo implements runner.Undoer.
func (c ComposeTaker) Undo(ctx context.Context, entry journal.Entry) error {
	return takeDown(ctx, c.Engine, entry, c.Tell)
}

// Instances implements runtimes.Runtime.
func (ComposeTaker) Instances(context.Context) ([]runtimes.Instance, error) {
	return nil, runtimes.ErrNoInstance
}

// Reopen implements runtimes.Runtime.
func (ComposeTaker) Reopen(context.Context, runtimes.Ref) (runtimes.Instance, error) {
	return nil, runtimes.ErrUnsupported
}

// Close implements runtimes.Runtime: the engine is somebody else's.
func (ComposeTaker) Close() error { return nil }

// ComposeLeft is ErrGone when nothing is left of an application.
func ComposeLeft(ctx context.Context, e *docker.Engine, project string) error {
	_, err := e.Find(ctx, docker.Filter{Project: project})
	if errors.Is(err, runtimes.ErrNoInstance) {
		return runtimes.ErrGone
	}
	return errors.Join(ErrThere, err)
}

// ErrThere means that damage is really there, so that only recover may act.
var ErrThere = errors.New("still there")
