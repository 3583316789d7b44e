package agent

import (
	"errors"
	"fmt"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// relayMark is on the packets of the relay and of probes, so that they are not
// redirected again, and on the connections that these packets belong to.
const relayMark = 0xd411

// detour is latency without netem: new TCP connections to and from the instance
// are redirected to a relay in this process, which holds back what the instance
// sends. A redirect catches connections at their first packet only, so packets
// of those that were open before are answered with a reset.
type detour struct {
	spec  Spec
	relay *relay
	table *table
}

// newDelay takes netem where the kernel has it and the delay is for everyone,
// else the relay.
func newDelay(s Spec) (damage, error) {
	if s.Delay <= 0 {
		return nil, errors.New("latency: no delay")
	}
	if len(s.Peers) == 0 && len(s.Ports) == 0 && hasQdisc("netem") == nil {
		return newNetem(s), nil
	}
	return &detour{spec: s}, nil
}

func (d *detour) arm() error {
	r, err := newRelay(d.spec.Delay, d.spec.Jitter)
	if err != nil {
		return err
	}
	t, err := newTable(d.spec.table(), func(c *nftables.Conn, t *nftables.Table) error { return d.rules(c, t, r.port()) })
	if err != nil {
		return errors.Join(err, r.Close())
	}
	d.relay, d.table = r, t
	return nil
}

func (d *detour) rules(c *nftables.Conn, t *nftables.Table, port uint16) error {
	peers, err := addPeers(c, t, d.spec.Peers)
	if err != nil {
		return err
	}
	for _, input := range []bool{true, false} {
		addChain(c, natChain(t, input, nftables.ChainPriorityNATDest), d.redirects(peers, input, port))
		addChain(c, &nftables.Chain{
			Name: pick(input, "old-in", "old-out"), Table: t, Type: nftables.ChainTypeFilter, Priority: nftables.ChainPriorityFilter,
			Hooknum: pick(input, nftables.ChainHookInput, nftables.ChainHookOutput),
		}, d.cuts(peers, input))
	}
	return nil
}

// redirects send new connections to the relay.
func (d *detour) redirects(peers peerSets, input bool, port uint16) []clause {
	accept := verdict(expr.VerdictAccept)
	rules := []clause{join(loopback(input), accept), join(marked(), accept)}
	if !input && len(d.spec.Ports) > 0 {
		return rules // the ports are the instance's: connections to it
	}
	for _, h := range tcpHeads(d.spec, peers, input) {
		rules = append(rules, join(h, clause{&expr.Counter{}}, redirect(port)))
	}
	return rules
}

// redirect leads a connection to a port of this namespace.
func redirect(port uint16) clause {
	return clause{
		&expr.Immediate{Register: 1, Data: binaryutil.BigEndian.PutUint16(port)},
		&expr.Redir{RegisterProtoMin: 1, RegisterProtoMax: 1, Flags: unix.NF_NAT_RANGE_PROTO_SPECIFIED},
	}
}

// cuts end what does not go through the relay: connections of before.
func (d *detour) cuts(peers peerSets, input bool) []clause {
	accept := verdict(expr.VerdictAccept)
	rules := []clause{
		join(loopback(input), accept), join(marked(), markConnection(), accept),
		join(relayed(), accept), join(redirected(), accept), join(resets(), accept),
	}
	for _, h := range tcpHeads(d.spec, peers, input) {
		rules = append(rules, join(h, clause{&expr.Counter{}, &expr.Reject{Type: unix.NFT_REJECT_TCP_RST}}))
	}
	return rules
}

// natChain is a chain of t that rewrites where connections go: of those that
// come (input) or of the instance's own.
func natChain(t *nftables.Table, input bool, priority *nftables.ChainPriority) *nftables.Chain {
	return &nftables.Chain{
		Name: pick(input, "in", "out"), Table: t, Type: nftables.ChainTypeNAT, Priority: priority,
		Hooknum: pick(input, nftables.ChainHookPrerouting, nftables.ChainHookOutput),
	}
}

func addChain(c *nftables.Conn, ch *nftables.Chain, rules []clause) {
	c.AddChain(ch)
	for _, r := range rules {
		c.AddRule(&nftables.Rule{Table: ch.Table, Chain: ch, Exprs: r})
	}
}

func markConnection() clause {
	return clause{
		&expr.Immediate{Register: 1, Data: binaryutil.NativeEndian.PutUint32(relayMark)},
		&expr.Ct{Key: expr.CtKeyMARK, Register: 1, SourceRegister: true},
	}
}

// relayed chooses packets of connections that the relay made.
func relayed() clause {
	return clause{
		&expr.Ct{Key: expr.CtKeyMARK, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: binaryutil.NativeEndian.PutUint32(relayMark)},
	}
}

// redirected chooses packets of connections whose destination was rewritten
// (IPS_DST_NAT, linux/netfilter/nf_conntrack_common.h).
func redirected() clause {
	const dstNAT = 1 << 5
	return clause{
		&expr.Ct{Key: expr.CtKeySTATUS, Register: 1},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4, Mask: binaryutil.NativeEndian.PutUint32(dstNAT), Xor: make([]byte, 4)},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: make([]byte, 4)},
	}
}

func (d *detour) fire() error { return d.table.fill() }

func (d *detour) look() (Look, error) {
	there, err := d.table.there()
	if err != nil || !there {
		return Look{Text: "no table " + d.spec.table()}, err
	}
	rules, _, _, err := count(d.table, "in")
	if err != nil || rules == 0 {
		return Look{Text: fmt.Sprintf("way: relay, table %s is empty", d.table.Name)}, err
	}
	l := Look{Active: true}
	l.Hit, l.Late = d.relay.held()
	l.Text = fmt.Sprintf("way: relay, redirect in force (table %s), %d connections relayed, %d chunks held back by %s on average",
		d.table.Name, d.relay.served.Load(), l.Hit, rounded(l.Late))
	return l, nil
}

// revert takes the redirect away first, then the relay with its connections:
// who connects again goes straight.
func (d *detour) revert() error {
	if d.table == nil {
		return sweepTables(d.spec.table())
	}
	return errors.Join(d.table.remove(), d.relay.Close())
}

func (d *detour) end() error {
	if d.table == nil {
		return nil
	}
	return errors.Join(d.table.close(), d.relay.Close())
}
