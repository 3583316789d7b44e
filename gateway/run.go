package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/drillctl/drillctl/gateway/api"
	"github.com/drillctl/drillctl/gateway/control"
	"github.com/drillctl/drillctl/gateway/counts"
	"github.com/drillctl/drillctl/gateway/dns"
	"github.com/drillctl/drillctl/gateway/emit"
	"github.com/drillctl/drillctl/gateway/issuer"
	"github.com/drillctl/drillctl/gateway/monitor"
	"github.com/drillctl/drillctl/gateway/proxy"
	"github.com/drillctl/drillctl/gateway/store"
	"github.com/drillctl/drillctl/gateway/vault"
)

// NodeEnv is the environment variable that holds a node's config.
const NodeEnv = "DRILLCTL_NODE"

// RunNode is one node of the system: it serves until ctx ends, then stops in
// order and returns nil. Events go to stdout, a JSON line each, and the
// gateways' access log to the process's stderr. config is a NodeConfig in JSON.
func RunNode(ctx context.Context, config []byte, stdout io.Writer) error {
	var n NodeConfig
	d := json.NewDecoder(bytes.NewReader(config))
	d.DisallowUnknownFields()
	if err := d.Decode(&n); err != nil {
		return fmt.Errorf("reading %s: %w (drillctl sets it for the nodes that it starts)", NodeEnv, err)
	}
	events := emit.New(stdout, emit.Node{Name: n.Name, Region: n.Region})
	return errors.Join(n.run(ctx, events), events.Err())
}

func (n NodeConfig) run(ctx context.Context, events *emit.Emitter) error {
	switch {
	case (n.Role == RoleGateway || n.Role == RoleEdge) && n.Proxy != nil:
		return proxy.Run(ctx, *n.Proxy, events, os.Stderr)
	case n.Role == RoleDNS && n.DNS != nil:
		return dns.Run(ctx, *n.DNS, events)
	case n.Role == RoleAPI && n.API != nil:
		return api.Run(ctx, *n.API, events)
	case n.Role == RoleStore && n.Store != nil:
		return store.Run(ctx, *n.Store, events)
	case n.Role == RoleControl && n.Control != nil:
		return control.Run(ctx, *n.Control, events)
	case n.Role == RoleIssuer && n.Issuer != nil:
		return issuer.Run(ctx, *n.Issuer, events)
	case n.Role == RoleVault && n.Vault != nil:
		return vault.Run(ctx, *n.Vault)
	case n.Role == RoleMonitor && n.Monitor != nil:
		return monitor.Run(ctx, *n.Monitor)
	case n.Role == RoleQuota && n.Counts != nil:
		return counts.Run(ctx, *n.Counts)
	case n.Role == RoleClient:
		<-ctx.Done() // it only holds a place on the network for the load worker
		return nil
	default:
		return fmt.Errorf("running node %q: role %q has no config", n.Name, n.Role)
	}
}
