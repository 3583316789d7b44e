package gateway

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/drillctl/drillctl/gateway/monitor"
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
