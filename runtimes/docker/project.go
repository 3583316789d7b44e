package docker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

// Holdings are what a Compose project has on the engine beside containers.
type Holdings struct {
	Networks []string `json:"networks,omitempty"` // names
	Volumes  []string `json:"volumes,omitempty"`  // names
}

func filterProject(project string) client.Filters {
	return client.Filters{}.Add("label", composeProject+"="+project)
}

// Holdings lists a project's networks and volumes.
func (e *Engine) Holdings(ctx context.Context, project string) (Holdings, error) {
	var h Holdings
	nets, err := e.cli.NetworkList(ctx, client.NetworkListOptions{Filters: filterProject(project)})
	if err != nil {
		return h, fmt.Errorf("listing networks of project %s: %w", project, err)
	}
	for _, n := range nets.Items {
		h.Networks = append(h.Networks, n.Name)
	}
	vols, err := e.cli.VolumeList(ctx, client.VolumeListOptions{Filters: filterProject(project)})
	if err != nil {
		return h, fmt.Errorf("listing volumes of project %s: %w", project, err)
	}
	for _, v := range vols.Items {
		h.Volumes = append(h.Volumes, v.Name)
	}
	return h, nil
}

// stopGrace is how long a project's containers have to stop in order.
const stopGrace = 10 // seconds

// RemoveProject stops and removes all containers of a Compose project, and those
// of its networks and volumes that are not in keep. It is safe to repeat; what
// cannot be removed is in the error, a [*HollowError] if it is nothing that matters.
func (e *Engine) RemoveProject(ctx context.Context, project string, keep Holdings) error {
	if project == "" {
		return errors.New("removing nobody's containers")
	}
	list, err := e.cli.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filterProject(project)})
	if err != nil {
		return fmt.Errorf("listing containers of project %s: %w", project, err)
	}
	grace := stopGrace
	err = parallel(len(list.Items), func(i int) error {
		id := list.Items[i].ID
		_, _ = e.cli.ContainerStop(ctx, id, client.ContainerStopOptions{Timeout: &grace}) // removed whatever it says
		return e.removeContainer(ctx, id)
	})
	has, herr := e.Holdings(ctx, project)
	if err = errors.Join(err, herr); err != nil {
		return err
	}
	var nets []network.Summary
	for _, n := range has.Networks {
		if !slices.Contains(keep.Networks, n) {
			nets = append(nets, network.Summary{Network: network.Network{ID: n, Name: n}})
		}
	}
	hollow := e.removeNetworks(ctx, mark{composeProject, project}, len(list.Items) > 0, nets)
	for _, v := range has.Volumes {
		if !slices.Contains(keep.Volumes, v) {
			err = errors.Join(err, e.removeVolume(ctx, v))
		}
	}
	return besides(err, hollow)
}

func (e *Engine) removeVolume(ctx context.Context, name string) error {
	if _, err := e.cli.VolumeRemove(ctx, name, client.VolumeRemoveOptions{}); err != nil {
		return fmt.Errorf("removing volume %s: %w", name, err)
	}
	return nil
}

// Trouble is why a container cannot be worked with: it does not run, or is not
// healthy; "" when all is well. One that has done its work, with status 0 and
// no restart to come, is well. final says that it will not get better by itself.
func (f Found) Trouble() (what string, final bool) {
	switch {
	case f.State == "exited" && f.ExitCode == 0 && !f.Restarts:
		return "", false
	case f.State == "exited" && !f.Restarts:
		return fmt.Sprintf("%s ended with status %d", f.Name, f.ExitCode), true
	case f.State != "running":
		return fmt.Sprintf("%s is %s", f.Name, f.State), false
	case f.Health == "starting" || f.Health == "unhealthy":
		return fmt.Sprintf("%s is %s", f.Name, f.Health), false
	}
	return "", false
}

// wellEvery is the time between two looks at containers that come up.
const wellEvery = 500 * time.Millisecond

// AwaitWell returns when no container that f finds is in trouble and there are at
// least n of them. Its end without that says which one was, with the last lines
// that it printed.
func (e *Engine) AwaitWell(ctx context.Context, f Filter, n int) ([]Found, error) {
	for {
		found, err := e.Find(ctx, f)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(found, func(c Found) bool { what, _ := c.Trouble(); return what != "" })
		if i < 0 && len(found) >= n {
			return found, nil
		}
		what, final := fmt.Sprintf("there are %d containers, and %d are to come", len(found), n-len(found)), false
		if i >= 0 {
			what, final = found[i].Trouble()
			what += e.lastLines(found[i].ID)
		}
		if final {
			return nil, errors.New(what)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %s", context.Cause(ctx), what)
		case <-time.After(wellEvery):
		}
	}
}
