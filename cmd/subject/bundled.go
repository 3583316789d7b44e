package subject

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/gateway"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runtimes"
)

// Bundled is the gateway that comes with drillctl, as a subject.
type Bundled struct {
	Config gateway.Config
	Ground Ground
}

// Where implements subject.
func (b Bundled) Where() Where { return Where{Runtime: b.Ground.Name, System: "the bundled system"} }

// Nodes implements subject.
func (b Bundled) Nodes(context.Context) ([]runtimes.Node, error) {
	nodes, _, err := gateway.Layout(b.Config, subnet4, subnet6, "")
	if err != nil {
		return nil, exit.UsageError{Err: err}
	}
	return nodes, nil
}

// Here implements subject.
func (b Bundled) Here(context.Context) error { return b.Ground.here() }

// Raise implements subject: the runtime first, since the layout has to fit its
// subnets.
func (b Bundled) Raise(ctx context.Context, p Place) (*Raised, error) {
	began := time.Now()
	rt, err := b.Ground.Open(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", runner.ErrCannotRun, err)
	}
	end := func() error { return errors.Join(rt.Close(), p.clean()) }
	r, err := b.raiseIn(ctx, rt, p)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: raise the system: %w", runner.ErrCannotRun, err), end())
	}
	r.Text = fmt.Sprintf("%d nodes ready after %s in the %s runtime", len(r.Nodes), since(began), b.Ground.Name)
	r.End = end
	return r, nil
}

func (b Bundled) raiseIn(ctx context.Context, rt Starter, p Place) (*Raised, error) {
	v4, v6 := rt.Subnets()
	data := p.Data
	if own, ok := rt.(interface{ DataDir() string }); ok {
		data = own.DataDir()
	}
	config, authority, err := b.Config.WithAuthority()
	if err != nil {
		return nil, err
	}
	nodes, entry, err := gateway.Layout(config, v4, v6, data)
	if err != nil {
		return nil, err
	}
	if err := rt.Start(ctx, nodes); err != nil {
		return nil, err
	}
	if err := gateway.Enroll(ctx, authority, rt, nodes); err != nil {
		return nil, err
	}
	client, err := clientOf(ctx, rt)
	return &Raised{Runtime: rt, Nodes: nodes, Entry: entry, Client: client, headers: b.Config.LoadHeaders()}, err
}

// clientOf is the node from which the load comes.
func clientOf(ctx context.Context, rt runtimes.Runtime) (runtimes.InNet, error) {
	all, err := rt.Instances(ctx)
	if err != nil {
		return nil, fmt.Errorf("client node: %w", err)
	}
	for _, in := range all {
		if in.Node().Role != gateway.RoleClient {
			continue
		}
		if inNet, ok := in.(runtimes.InNet); ok {
			return inNet, nil
		}
		return nil, fmt.Errorf("client node %s: %w: running a process in its network", in.Node().Name, runtimes.ErrUnsupported)
	}
	return nil, fmt.Errorf("client node: %w", runtimes.ErrNoInstance)
}

// clean removes what the instances kept.
func (p Place) clean() error {
	if err := os.RemoveAll(p.Data); err != nil {
		return fmt.Errorf("remove the stores' data: %w", err)
	}
	return nil
}
