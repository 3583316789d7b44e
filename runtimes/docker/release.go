package docker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// A busy engine may take this long to let go of a network's last containers.
const (
	releasePatience = 15 * time.Second
	releaseFirst    = 50 * time.Millisecond
	releaseMost     = time.Second
)

// A mark is a label that says whose a container is.
type mark struct{ key, value string }

// removeNetwork insists: an engine that is busy, or that has forgotten an endpoint,
// refuses to remove a network as one in use.
func (e *Engine) removeNetwork(ctx context.Context, ours mark, id, name string) error {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = releaseFirst, releaseMost
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		_, err := e.cli.NetworkRemove(ctx, id, client.NetworkRemoveOptions{})
		if err == nil || errdefs.IsNotFound(err) {
			return struct{}{}, nil
		}
		if stays := e.vacate(ctx, ours, id); stays != nil {
			return struct{}{}, backoff.Permanent(errors.Join(err, stays))
		}
		return struct{}{}, err
	}, backoff.WithBackOff(pauses), backoff.WithMaxElapsedTime(releasePatience))
	if err != nil {
		return fmt.Errorf("removing network %s: %w", name, err)
	}
	return nil
}

// vacate frees a network of containers of its own system, which came after the others
// were removed, and of endpoints whose container is no more: the engine keeps such a
// one when it ends a container under way. Containers of others are the error.
func (e *Engine) vacate(ctx context.Context, ours mark, id string) error {
	n, err := e.cli.NetworkInspect(ctx, id, client.NetworkInspectOptions{})
	if errdefs.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking who is in it: %w", err)
	}
	for holder, end := range n.Network.Containers {
		c, err := e.cli.ContainerInspect(ctx, holder, client.ContainerInspectOptions{})
		switch {
		case errdefs.IsNotFound(err):
			// Whether it worked the next try tells.
			_, _ = e.cli.NetworkDisconnect(ctx, id, client.NetworkDisconnectOptions{Container: end.Name, Force: true})
		case err != nil:
			return fmt.Errorf("looking who is in it: %w", err)
		case c.Container.Config.Labels[ours.key] != ours.value:
			return fmt.Errorf("container %s, which is not of this system, has joined it: docker network disconnect %s %s", end.Name, n.Network.Name, end.Name)
		default:
			if err := e.removeContainer(ctx, c.Container.ID); err != nil {
				return err
			}
		}
	}
	return nil
}
