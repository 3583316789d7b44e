package subject

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/compose"
	"github.com/drillctl/drillctl/runtimes/docker"
)

// noImage is the id of an image that is yet to be pulled or built.
const noImage = "not on the engine yet"

// An imageRef says which image it is: by the engine's own id, and by what
// registries call it.
type imageRef struct {
	id      string
	digests []string
}

// images are those that an application's containers run or would run now, by
// service.
func (a composed) images(ctx context.Context) (all map[string]imageRef, err error) {
	e, err := docker.Connect(ctx, engineWhere(a.env, false))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", runner.ErrCannotRun, err)
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	found, err := e.Find(ctx, a.filter)
	if err != nil && !errors.Is(err, runtimes.ErrNoInstance) {
		return nil, fmt.Errorf("%w: %w", runner.ErrCannotRun, err)
	}
	all = map[string]imageRef{}
	for _, s := range a.app.Services {
		var ref imageRef
		if ref.id, err = imageOf(ctx, e, a.app.Project, s, found); err == nil && ref.id != noImage {
			ref.digests, err = e.RepoDigests(ctx, ref.id)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", runner.ErrCannotRun, err)
		}
		all[s.Name] = ref
	}
	return all, nil
}

// imageOf is the id of the image that a service runs, else of that which it would.
func imageOf(ctx context.Context, e *docker.Engine, project string, s compose.Service, found []docker.Found) (string, error) {
	if i := slices.IndexFunc(found, func(f docker.Found) bool { return f.Service == s.Name }); i >= 0 {
		return found[i].ImageID, nil
	}
	names := []string{s.Image}
	if s.Image == "" { // built, and called as the command's version does
		names = []string{project + "-" + s.Name, project + "_" + s.Name}
	}
	id, err := e.ImageID(ctx, names...)
	if errors.Is(err, runtimes.ErrNoInstance) {
		return noImage, nil
	}
	return id, err
}
