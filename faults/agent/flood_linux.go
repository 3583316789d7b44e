package agent

import (
	"context"
	"errors"

	"github.com/drillctl/drillctl/faults/agent/flood"
)

// surge is extra traffic from this namespace. It changes nothing in the kernel:
// with the agent's process all of it is gone.
type surge struct {
	spec   Spec
	source *flood.Source
}

func newSurge(s Spec) (damage, error) {
	if s.Traffic == nil {
		return nil, errors.New("flood: no traffic")
	}
	if err := s.Traffic.Check(); err != nil {
		return nil, err
	}
	return &surge{spec: s}, nil
}

// arm tries who is there: a connection each, which is closed at once.
func (d *surge) arm() error {
	source, err := flood.New(*d.spec.Traffic)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerPatience)
	defer cancel()
	if err := source.Reachable(ctx); err != nil {
		return err
	}
	d.source = source
	return nil
}

func (d *surge) fire() error {
	if d.source == nil {
		return errors.New("flood: not armed")
	}
	d.source.Start()
	return nil
}

func (d *surge) look() (Look, error) {
	if d.source == nil {
		return Look{Text: "nothing is sent"}, nil
	}
	return Look{Active: d.source.On(), Text: d.source.Text(), Hit: d.source.Effect(), Open: d.source.Open()}, nil
}

func (d *surge) revert() error {
	if d.source != nil {
		d.source.Stop()
	}
	return nil
}

func (d *surge) end() error { return d.revert() }
