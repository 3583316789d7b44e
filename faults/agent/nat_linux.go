package agent

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// mark is on the relay's own packets, so that they are not redirected again.
const relayMark = 0xd411

// nat is the redirect of new TCP connections to the relay.
type nat struct {
	spec Spec
	port uint16
}

func (n *nat) table() *nftables.Table {
	return &nftables.Table{Family: nftables.TableFamilyINet, Name: n.spec.table()}
}

func (n *nat) fire() error {
	c, err := nftables.New()
	if err != nil {
		return fmt.Errorf("nftables: %w", err)
	}
	t := c.AddTable(n.table())
	if n.spec.Direction != Out {
		in := c.AddChain(&nftables.Chain{Name: "in", Table: t, Type: nftables.ChainTypeNAT, Hooknum: nftables.ChainHookPrerouting, Priority: nftables.ChainPriorityNATDest})
		n.add(c, in, true)
	}
	if n.spec.Direction != In {
		out := c.AddChain(&nftables.Chain{Name: "out", Table: t, Type: nftables.ChainTypeNAT, Hooknum: nftables.ChainHookOutput, Priority: nftables.ChainPriorityNATDest})
		n.add(c, out, false)
	}
	if err := c.Flush(); err != nil {
		return fmt.Errorf("nftables: %w", err)
	}
	return nil
}

// add redirects TCP of every peer (or all), on every port (or all).
func (n *nat) add(c *nftables.Conn, ch *nftables.Chain, input bool) {
	base := append(notLoopback(input),
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{unix.IPPROTO_TCP}},
		&expr.Meta{Key: expr.MetaKeyMARK, Register: 1},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: binaryutil.NativeEndian.PutUint32(relayMark)},
	)
	heads := [][]expr.Any{base}
	if len(n.spec.Peers) > 0 {
		heads = nil
		for _, p := range n.spec.Peers {
			heads = append(heads, append(append([]expr.Any{}, base...), peer(p, input)...))
		}
	}
	for _, h := range heads {
		if input && len(n.spec.Ports) > 0 {
			for _, p := range n.spec.Ports {
				n.rule(c, ch, append(append([]expr.Any{}, h...), port(p, true)...))
			}
			continue
		}
		n.rule(c, ch, h)
	}
}

func (n *nat) rule(c *nftables.Conn, ch *nftables.Chain, head []expr.Any) {
	c.AddRule(&nftables.Rule{Table: ch.Table, Chain: ch, Exprs: append(head,
		&expr.Counter{},
		&expr.Immediate{Register: 1, Data: binaryutil.BigEndian.PutUint16(n.port)},
		&expr.Redir{RegisterProtoMin: 1, RegisterProtoMax: 1, Flags: unix.NF_NAT_RANGE_PROTO_SPECIFIED},
	)})
}

func (n *nat) there() (bool, error) {
	c, err := nftables.New()
	if err != nil {
		return false, fmt.Errorf("nftables: %w", err)
	}
	for _, name := range []string{"in", "out"} {
		rules, err := c.GetRules(n.table(), &nftables.Chain{Name: name, Table: n.table()})
		if err != nil && !errors.Is(err, syscall.ENOENT) {
			return false, fmt.Errorf("read the redirect back: %w", err)
		}
		if len(rules) > 0 {
			return true, nil
		}
	}
	return false, nil
}

func (n *nat) revert() error { return (&filter{spec: n.spec}).revert() }
