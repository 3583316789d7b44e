package subject

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/docker"
)

// noImage is the digest of an image that is yet to be pulled or built.
const noImage = "not on the engine yet"

// digests are those of the images that an application's containers run or would
// run now, by service.
func (a composed) digests(ctx context.Context) (all map[string]string, err error) {
	e, err := docker.Connect(ctx, engineWhere(a.env, false))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", runner.ErrCannotRun, err)
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	found, err := e.Find(ctx, a.filter)
	if err != nil && !errors.Is(err, runtimes.ErrNoInstance) {
		return nil, fmt.Errorf("%w: %w", runner.ErrCannotRun, err)
	}
	all = map[string]string{}
	for _, s := range a.app.Services {
		if i := slices.IndexFunc(found, func(f docker.Found) bool { return f.Service == s.Name }); i >= 0 {
			all[s.Name] = found[i].ImageID
			continue
		}
		names := []string{s.Image}
		if s.Image == "" { // built, and called as the command's version does
			names = []string{a.app.Project + "-" + s.Name, a.app.Project + "_" + s.Name}
		}
		if all[s.Name], err = e.ImageID(ctx, names...); errors.Is(err, runtimes.ErrNoInstance) {
			all[s.Name], err = noImage, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", runner.ErrCannotRun, err)
		}
	}
	return all, nil
}
