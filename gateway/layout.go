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

// An Entry is how clients get at a system, and how it is read afterwards.
type Entry struct {
	URL      string              `json:"url"`           // what clients ask for
	DNS      []netip.AddrPort    `json:"dns,omitempty"` // servers that resolve it, in order; none with routing edge
	Stores   map[string]string   `json:"stores"`        // URL of each region's own store
	Gateways map[string][]string `json:"gateways"`      // URLs of each region's gateways
	Regions  []string            `json:"regions"`       // in order of preference, the primary first
	// Clients are the subnets of the groups of clients, by region.
	Clients map[string]netip.Prefix `json:"clients,omitempty"`
	// Roots are what clients have to trust, in PEM; with TLS.
	Roots string `json:"roots,omitempty"`
	// Monitor is the URL of the monitor's API, if there is one.
	Monitor string `json:"monitor,omitempty"`
	// Issuer is where clients get the tokens that they must show, for Audience; ""
	// where they need none.
	Issuer   string `json:"issuer,omitempty"`
	Audience string `json:"audience,omitempty"`
	// Leeway is what gateways allow after the end of a token.
	Leeway time.Duration `json:"leeway_ns,omitempty"`
}

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

func url(addr netip.Addr, port uint16) string {
	if port == 80 && addr.Is4() {
		return "http://" + addr.String()
	}
	if port == 80 {
		return "http://[" + addr.String() + "]"
	}
	return "http://" + netip.AddrPortFrom(addr, port).String()
}

func (p *plan) entry() Entry {
	e := Entry{Stores: map[string]string{}, Gateways: map[string][]string{}}
	for _, r := range p.regions {
		e.Regions = append(e.Regions, r.Name)
		for _, s := range p.of(RoleStore, r.Name) {
			e.Stores[r.Name] = url(s.at, StorePort)
		}
		for _, s := range p.of(RoleGateway, r.Name) {
			e.Gateways[r.Name] = append(e.Gateways[r.Name], p.gatewayURL(s))
		}
		for _, s := range p.of(RoleDNS, r.Name) {
			e.DNS = append(e.DNS, netip.AddrPortFrom(s.at, p.config.Ports.DNS))
		}
	}
	e.URL = "http://" + entryName
	if p.config.Ports.Gateway != 80 {
		e.URL = fmt.Sprintf("http://%s:%d", entryName, p.config.Ports.Gateway)
	}
	if p.config.TLS != nil {
		e.URL, e.Roots = "https://"+entryName, p.config.TLS.Roots
		if p.config.Ports.HTTPS != 443 {
			e.URL = fmt.Sprintf("https://%s:%d", entryName, p.config.Ports.HTTPS)
		}
	}
	for _, s := range p.of(RoleEdge, "") {
		e.URL = url(s.at, p.config.Ports.Gateway)
	}
	for i, n := range p.nets {
		if e.Clients == nil {
			e.Clients = map[string]netip.Prefix{}
		}
		e.Clients[p.config.Clients[i]] = n
	}
	for _, s := range p.of(RoleIssuer, "") {
		e.Issuer, e.Audience, e.Leeway = url(s.at, IssuerPort), Audience, p.config.Tokens.Leeway
	}
	for _, s := range p.of(RoleMonitor, "") {
		e.Monitor = url(s.at, monitor.DefaultPort)
	}
	return e
}
