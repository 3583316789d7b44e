package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/monitor"
	"github.com/drillctl/drillctl/runtimes"
)

// The roles of nodes.
const (
	RoleGateway = "gateway"
	RoleAPI     = "api"
	RoleStore   = "store"
	RoleControl = "control" // gives out the gateways' routes
	RoleIssuer  = "issuer"  // signs the tokens of clients
	RoleVault   = "vault"   // an object store that keeps backups
	RoleDNS     = "dns"
	RoleEdge    = "edge"
	RoleClient  = "client"
	RoleMonitor = "monitor"
	RoleQuota   = "quota" // counts for the gateways of all regions
)

// Layout returns the nodes of the system, ready to be started, and the way in.
// Their addresses are of v4 (a /16 or larger) and v6 (a /96 or larger; the zero
// Prefix for none); each store keeps its data in a directory of its own below
// dataDir. The same config gives the same layout.
func Layout(c Config, v4, v6 netip.Prefix, dataDir string) ([]runtimes.Node, Entry, error) {
	c = c.Defaults()
	if errs := c.Check(); len(errs) > 0 {
		return nil, Entry{}, fmt.Errorf("laying the system out: %w", errors.Join(errs...))
	}
	address, err := newAddressing(v4, v6)
	if err != nil {
		return nil, Entry{}, err
	}
	if c.Family == IPv6 && !v6.IsValid() {
		return nil, Entry{}, errors.New("laying the system out: it is to use IPv6, and this runtime has no IPv6 network")
	}
	p := plan{config: c, data: dataDir, regions: c.ordered()}
	p.place(address)
	nodes := make([]runtimes.Node, 0, len(p.spots))
	for _, s := range p.spots {
		n, err := p.node(s)
		if err != nil {
			return nil, Entry{}, err
		}
		nodes = append(nodes, n)
	}
	return nodes, p.entry(), nil
}

// node makes the runtime's node of a place.
func (p *plan) node(s spot) (runtimes.Node, error) {
	text, err := json.Marshal(p.nodeConfig(s))
	if err != nil {
		return runtimes.Node{}, fmt.Errorf("laying %s out: %w", s.name, err)
	}
	n := runtimes.Node{Name: s.name, Region: s.region, Role: s.role, Args: []string{"node"},
		Env: []string{NodeEnv + "=" + string(text)}, Addrs: []netip.Addr{s.four}, Restart: s.role != RoleClient && !p.has(bug.NoRestart), Backoff: time.Second}
	if s.six.IsValid() {
		n.Addrs = append(n.Addrs, s.six)
	}
	if s.role == RoleClient {
		p.giveGroups(&n)
	}
	if s.role == RoleStore {
		n.Disk = p.config.StoreDisk
	}
	if p.keeps(s.role) {
		n.Data = p.dataDir(s)
	}
	if port := p.port(s.role); port != 0 {
		n.Ready = url(s.at, port) + "/healthz"
	}
	return n, nil
}

// giveGroups lets each group of clients come from addresses of its own.
func (p *plan) giveGroups(n *runtimes.Node) {
	for i, addrs := range p.groups {
		if n.Groups == nil {
			n.Groups = map[string][]netip.Addr{}
		}
		n.Groups[p.config.Clients[i]] = addrs
		n.Addrs = append(n.Addrs, addrs...)
	}
}

// keeps says that a node of the role has something that must survive a restart.
func (p *plan) keeps(role string) bool {
	switch role {
	case RoleStore, RoleVault, RoleControl, RoleIssuer:
		return true
	case RoleGateway:
		return p.config.Control != nil || p.config.TLS != nil || p.config.Tokens != nil
	}
	return false
}

// port is that of a role's HTTP surface; the client has none.
func (p *plan) port(role string) uint16 {
	switch role {
	case RoleGateway, RoleEdge:
		return p.config.Ports.Gateway
	case RoleAPI:
		return APIPort
	case RoleStore:
		return StorePort
	case RoleControl:
		return ControlPort
	case RoleIssuer:
		return IssuerPort
	case RoleVault:
		return VaultPort
	case RoleDNS:
		return p.config.Ports.Peer
	case RoleMonitor:
		return monitor.DefaultPort
	case RoleQuota:
		return QuotaPort
	default:
		return 0
	}
}
