package docker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// A Leftover is what one run has on the engine.
type Leftover struct {
	Run      string
	StateDir string
	Nodes    []string // names
	Paused   int
	Helpers  int
	Networks int
	Alive    Liveness // of the drillctl that made it
}

func filterRun(run string) client.Filters {
	return client.Filters{}.Add("label", LabelRun+"="+run)
}

// Leftovers lists what runs have on the engine, living ones too.
func (e *Engine) Leftovers(ctx context.Context) ([]Leftover, error) {
	all := map[string]*Leftover{}
	at := func(l map[string]string) *Leftover {
		run := l[LabelRun]
		if all[run] == nil {
			all[run] = &Leftover{Run: run, StateDir: l[LabelState], Alive: liveness(l[LabelOwner])}
		}
		return all[run]
	}
	ours := client.Filters{}.Add("label", LabelRun)
	list, err := e.cli.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: ours})
	if err != nil {
		return nil, fmt.Errorf("listing drillctl's containers: %w", err)
	}
	for _, c := range list.Items {
		l := at(c.Labels)
		if c.Labels[LabelKind] != kindNode {
			l.Helpers++
			continue
		}
		l.Nodes = append(l.Nodes, c.Labels[LabelNode])
		if c.State == "paused" {
			l.Paused++
		}
	}
	nets, err := e.cli.NetworkList(ctx, client.NetworkListOptions{Filters: ours})
	if err != nil {
		return nil, fmt.Errorf("listing drillctl's networks: %w", err)
	}
	for _, n := range nets.Items {
		at(n.Labels).Networks++
	}
	var out []Leftover
	for _, l := range all {
		slices.Sort(l.Nodes)
		out = append(out, *l)
	}
	slices.SortFunc(out, func(a, b Leftover) int {
		if a.Run < b.Run {
			return -1
		}
		return 1
	})
	return out, nil
}

// Remove removes all that a run made on the engine: its containers with their
// volumes, then its networks. What cannot be removed is in the error, a
// [*HollowError] if it is nothing that matters; it is safe to repeat.
func (e *Engine) Remove(ctx context.Context, run string) error {
	if run == "" {
		return errors.New("removing nobody's containers")
	}
	return e.remove(ctx, run)
}

func (e *Engine) remove(ctx context.Context, run string) error {
	filters := filterRun(run)
	list, err := e.cli.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filters})
	if err != nil {
		return fmt.Errorf("listing a run's containers: %w", err)
	}
	err = parallel(len(list.Items), func(i int) error { return e.removeContainer(ctx, list.Items[i].ID) })
	nets, lerr := e.cli.NetworkList(ctx, client.NetworkListOptions{Filters: filters})
	if lerr != nil {
		return errors.Join(err, fmt.Errorf("listing a run's networks: %w", lerr))
	}
	return besides(err, e.removeNetworks(ctx, mark{LabelRun, run}, len(list.Items) > 0, nets.Items))
}

// removeContainer returns when a container is no more. One that somebody else
// is removing, or that removes itself, is waited for.
func (e *Engine) removeContainer(ctx context.Context, id string) error {
	for {
		_, err := e.cli.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		switch {
		case err == nil || errdefs.IsNotFound(err):
			return nil
		case !errdefs.IsConflict(err) || ctx.Err() != nil:
			return fmt.Errorf("removing container %s: %w", short(id), err)
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// Dead says that nobody will use it again.
func (l Leftover) Dead() bool { return l.Alive == Dead }

// Bare says that only networks are left, in which nothing can be in force.
func (l Leftover) Bare() bool { return len(l.Nodes)+l.Helpers == 0 }

// Things says in words what there is.
func (l Leftover) Things() string {
	var parts []string
	if n := len(l.Nodes) + l.Helpers; n > 0 {
		parts = append(parts, count(n, "container"))
	}
	if l.Networks > 0 {
		parts = append(parts, count(l.Networks, "network"))
	}
	return strings.Join(parts, " and ")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
