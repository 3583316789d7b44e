package docker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

// A busy engine may take this long to let go of a network's last containers, and
// less where it knows of none any more.
const (
	releasePatience = 15 * time.Second
	hollowPatience  = 3 * time.Second
	releaseFirst    = 50 * time.Millisecond
	releaseMost     = time.Second
)

// A HollowError names networks in which nobody is, and which the engine keeps all the
// same: it may lose count of the endpoints of a network, and calls it used until it
// is started anew (https://github.com/moby/moby/issues/42119,
// https://github.com/moby/moby/pull/49736). Nothing can be in force in them, and
// they are in nobody's way.
type HollowError struct {
	Networks []string
	Project  string // of Compose, whose they are; "" for those of a drill
}

func (h *HollowError) Error() string {
	by := "drillctl recover"
	if h.Project != "" {
		by = "docker network rm " + strings.Join(h.Networks, " ")
	}
	return fmt.Sprintf("the engine keeps %s, in which nobody is: it has lost count of who was, and can remove it when it has been started anew (%s does then)", strings.Join(h.Networks, ", "), by)
}

// besides joins another error to err. That there is a hollow network is worth
// telling only where there is nothing else.
func besides(err, other error) error {
	if h := (*HollowError)(nil); err != nil && errors.As(other, &h) {
		return err
	}
	return errors.Join(err, other)
}

// A mark is a label that says whose a container is.
type mark struct{ key, value string }

// removeNetworks removes networks, by name, whose containers were removed just now
// (fresh), or were none. It is a *HollowError if there is no other.
func (e *Engine) removeNetworks(ctx context.Context, ours mark, fresh bool, nets []network.Summary) error {
	var hollow HollowError
	if ours.key == composeProject {
		hollow.Project = ours.value
	}
	var err error
	for _, n := range nets {
		nerr := e.removeNetwork(ctx, ours, fresh, n.ID, n.Name)
		if h := (*HollowError)(nil); errors.As(nerr, &h) {
			hollow.Networks = append(hollow.Networks, h.Networks...)
			continue
		}
		err = errors.Join(err, nerr)
	}
	if len(hollow.Networks) > 0 {
		return besides(err, &hollow)
	}
	return err
}

// removeNetwork insists: an engine that is busy, or that has forgotten an endpoint,
// refuses to remove a network as one in use.
func (e *Engine) removeNetwork(ctx context.Context, ours mark, fresh bool, id, name string) error {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = releaseFirst, releaseMost
	began := time.Now()
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		_, err := e.cli.NetworkRemove(ctx, id, client.NetworkRemoveOptions{})
		if err == nil || errdefs.IsNotFound(err) {
			return struct{}{}, nil
		}
		empty, stays := e.vacate(ctx, ours, id)
		switch {
		case stays != nil:
			return struct{}{}, backoff.Permanent(errors.Join(err, stays))
		case empty && (!fresh || time.Since(began) > hollowPatience):
			return struct{}{}, backoff.Permanent(&HollowError{Networks: []string{name}})
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
// one when it ends a container under way. Containers of others are the error. Empty
// says that nobody was in it.
func (e *Engine) vacate(ctx context.Context, ours mark, id string) (empty bool, err error) {
	n, err := e.cli.NetworkInspect(ctx, id, client.NetworkInspectOptions{})
	if errdefs.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking who is in it: %w", err)
	}
	for holder, end := range n.Network.Containers {
		c, err := e.cli.ContainerInspect(ctx, holder, client.ContainerInspectOptions{})
		switch {
		case errdefs.IsNotFound(err):
			// Whether it worked the next try tells.
			_, _ = e.cli.NetworkDisconnect(ctx, id, client.NetworkDisconnectOptions{Container: end.Name, Force: true})
		case err != nil:
			return false, fmt.Errorf("looking who is in it: %w", err)
		case c.Container.Config.Labels[ours.key] != ours.value:
			return false, fmt.Errorf("container %s, which is not of this system, has joined it: docker network disconnect %s %s", end.Name, n.Network.Name, end.Name)
		default:
			if err := e.removeContainer(ctx, c.Container.ID); err != nil {
				return false, err
			}
		}
	}
	return len(n.Network.Containers) == 0, nil
}
