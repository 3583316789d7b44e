package agent

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"github.com/miekg/dns"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const dnsPort = 53

// beforeOthers puts our address rewriting before that of others: an engine's, of
// its resolver inside of containers.
var beforeOthers = nftables.ChainPriorityRef(-105)

// trap is damage to name resolution: what goes to port 53, by UDP and TCP, out of
// the instance and into it, is led to servers in this process.
type trap struct {
	spec    Spec
	servers []*trapServer
	table   *table
	open    error // why questions of open sockets are not caught, if so
}

func newTrap(s Spec) (damage, error) {
	if s.Answer == "" && s.Delay <= 0 {
		return nil, errors.New("dns: neither an answer nor a delay")
	}
	if _, ok := rcodes[s.Answer]; !ok {
		return nil, fmt.Errorf("dns: unknown answer %q", s.Answer)
	}
	for i, n := range s.Names {
		s.Names[i] = strings.ToLower(dns.Fqdn(n))
	}
	return &trap{spec: s}, nil
}

func (d *trap) arm() error {
	for _, to := range asked() {
		s, err := newTrapServer(d.spec, to)
		if err != nil {
			return errors.Join(err, d.closeServers())
		}
		d.servers = append(d.servers, s)
	}
	t, err := newTable(d.spec.table(), d.rules)
	if err != nil {
		return errors.Join(err, d.closeServers())
	}
	d.table = t
	return nil
}

func (d *trap) rules(c *nftables.Conn, t *nftables.Table) error {
	for _, input := range []bool{true, false} {
		addChain(c, natChain(t, input, beforeOthers), d.leads(input))
	}
	return nil
}

// leads are one rule for every server and transport; those for all others come
// last.
func (d *trap) leads(input bool) []clause {
	rules := []clause{join(marked(), verdict(expr.VerdictAccept))}
	if input { // what we say to ourselves was led away on its way out
		rules = []clause{join(loopback(true), verdict(expr.VerdictAccept))}
	}
	for _, s := range d.servers {
		if s.listen.Is6() && !s.usable || input && !local(s.to) {
			continue
		}
		for _, proto := range []byte{unix.IPPROTO_UDP, unix.IPPROTO_TCP} {
			rules = append(rules, join(s.chosen(), meta(expr.MetaKeyL4PROTO, expr.CmpOpEq, []byte{proto}), ports(dnsPort, true), clause{&expr.Counter{}}, s.lead()))
		}
	}
	return rules
}

// chosen chooses packets to the server's address, or of its family.
func (s *trapServer) chosen() clause {
	six := s.listen.Is6()
	family := meta(expr.MetaKeyNFPROTO, expr.CmpOpEq, []byte{pick[byte](six, unix.NFPROTO_IPV6, unix.NFPROTO_IPV4)})
	if s.to.IsUnspecified() {
		return family
	}
	return join(family, clause{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: pick[uint32](six, 24, 16), Len: pick[uint32](six, 16, 4)},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: s.to.AsSlice()},
	})
}

// lead rewrites the destination to where the server listens.
func (s *trapServer) lead() clause {
	return clause{
		&expr.Immediate{Register: 1, Data: s.listen.AsSlice()},
		&expr.Immediate{Register: 2, Data: binaryutil.BigEndian.PutUint16(s.port)},
		&expr.NAT{Type: expr.NATTypeDestNAT, Family: pick[uint32](s.listen.Is6(), unix.NFPROTO_IPV6, unix.NFPROTO_IPV4),
			RegAddrMin: 1, RegProtoMin: 2, Specified: true},
	}
}

// fire also forgets the ways of open sockets: a way once chosen is kept.
func (d *trap) fire() error {
	if err := d.table.fill(); err != nil {
		return err
	}
	d.open = forgetWays()
	return nil
}

// forgetWays has the kernel choose anew for UDP from and to resolvers.
func forgetWays() error {
	f := &netlink.ConntrackFilter{}
	if err := errors.Join(f.AddProtocol(unix.IPPROTO_UDP), f.AddPort(netlink.ConntrackOrigDstPort, dnsPort)); err != nil {
		return err
	}
	var errs error
	for _, family := range []netlink.InetFamily{unix.AF_INET, unix.AF_INET6} {
		_, err := netlink.ConntrackDeleteFilters(netlink.ConntrackTable, family, f)
		errs = errors.Join(errs, err)
	}
	return errs
}

func (d *trap) look() (Look, error) {
	there, err := d.table.there()
	if err != nil || !there {
		return Look{Text: "no table " + d.spec.table()}, err
	}
	rules, _, _, err := count(d.table, "out")
	if err != nil || rules == 0 {
		return Look{Text: fmt.Sprintf("table %s is empty", d.table.Name)}, err
	}
	l := Look{Active: true}
	for _, s := range d.servers {
		l.Seen, l.Hit = l.Seen+s.seen.Load(), l.Hit+s.hit.Load()
	}
	what := "held back by " + d.spec.Delay.String()
	if d.spec.Answer != "" {
		what = "answered " + strings.ToUpper(d.spec.Answer)
	}
	l.Text = fmt.Sprintf("port 53 is led away (table %s), %d questions seen, %d of them %s", d.table.Name, l.Seen, l.Hit, what)
	if d.open != nil {
		l.Text += fmt.Sprintf("; sockets opened before are not caught (%v)", d.open)
	}
	return l, nil
}

func (d *trap) revert() error {
	if d.table == nil {
		return sweepTables(d.spec.table())
	}
	err := d.table.remove()
	if d.open == nil && d.table.filled {
		_ = forgetWays() // who asked before asks again
	}
	return err
}

func (d *trap) end() error {
	if d.table == nil {
		return nil
	}
	return errors.Join(d.revert(), d.table.close(), d.closeServers())
}

func (d *trap) closeServers() error {
	var errs error
	for _, s := range d.servers {
		errs = errors.Join(errs, s.close())
	}
	return errs
}
