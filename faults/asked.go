package faults

import (
	"fmt"

	"github.com/drillctl/drillctl/runtimes"
)

// An asked is a node of the bundled system that does the damage itself when it is
// asked to, over HTTP.
type asked struct{ in runtimes.Instance }

func (a asked) name() string { return a.in.Node().Name }

// Close implements Armed.
func (a asked) Close() error { return nil }

// onlyRole fits nodes of one role that can be asked; otherwise says what others are
// not, and what to write.
func onlyRole(role, otherwise string) func(runtimes.Instance) error {
	return func(in runtimes.Instance) error {
		if err := needs[runtimes.Dialer]("connect to")(in); err != nil {
			return err
		}
		if in.Node().Role != role {
			return fmt.Errorf("%w: %s", runtimes.ErrUnsupported, otherwise)
		}
		return nil
	}
}
