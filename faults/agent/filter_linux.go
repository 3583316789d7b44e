package agent

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"syscall"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// filter is damage by packet filter: one table of our own in the inet family, so
// that IPv4 and IPv6 are hit alike, made and removed in one transaction.
type filter struct{ spec Spec }

// priority puts our chains before everything else that filters.
var priority = nftables.ChainPriorityRef(-400)

func (f *filter) table() *nftables.Table {
	return &nftables.Table{Family: nftables.TableFamilyINet, Name: f.spec.table()}
}

// try makes the table under another name and removes it in the same batch: the
// kernel checks every rule, and no packet ever meets one.
func (f *filter) try() error {
	dry := &filter{spec: f.spec}
	dry.spec.ID = "try_" + f.spec.ID
	if err := dry.fire(); err != nil {
		return err
	}
	return dry.revert()
}

func (f *filter) fire() error {
	c, err := nftables.New()
	if err != nil {
		return fmt.Errorf("nftables: %w", err)
	}
	t := c.AddTable(f.table())
	for _, ch := range f.chains(t) {
		c.AddChain(ch)
		c.AddRule(&nftables.Rule{Table: t, Chain: ch, Exprs: neighbours()})
		for _, exprs := range f.rules(ch) {
			c.AddRule(&nftables.Rule{Table: t, Chain: ch, Exprs: exprs})
		}
	}
	if err := c.Flush(); err != nil {
		return fmt.Errorf("nftables: %w", err)
	}
	return nil
}

func (f *filter) chains(t *nftables.Table) []*nftables.Chain {
	in := &nftables.Chain{Name: "in", Table: t, Type: nftables.ChainTypeFilter, Hooknum: nftables.ChainHookInput, Priority: priority}
	out := &nftables.Chain{Name: "out", Table: t, Type: nftables.ChainTypeFilter, Hooknum: nftables.ChainHookOutput, Priority: priority}
	switch f.spec.Direction {
	case In:
		return []*nftables.Chain{in}
	case Out:
		return []*nftables.Chain{out}
	}
	return []*nftables.Chain{in, out}
}

// rules are one for every peer (or one for all) and port (or all), with a
// counter: what was hit is evidence.
func (f *filter) rules(ch *nftables.Chain) [][]expr.Any {
	input := ch.Name == "in"
	heads := [][]expr.Any{notLoopback(input)}
	if len(f.spec.Peers) > 0 {
		base := heads[0]
		heads = nil
		for _, p := range f.spec.Peers {
			heads = append(heads, append(append([]expr.Any{}, base...), peer(p, input)...))
		}
	}
	if len(f.spec.Ports) > 0 {
		var with [][]expr.Any
		for _, h := range heads {
			for _, p := range f.spec.Ports {
				with = append(with, append(append([]expr.Any{}, h...), port(p, input)...))
			}
		}
		heads = with
	}
	for i := range heads {
		heads[i] = append(heads[i], f.harm()...)
	}
	return heads
}

// harm is what happens to a packet that a rule has chosen.
func (f *filter) harm() []expr.Any {
	switch f.spec.Kind {
	case Reset:
		return []expr.Any{
			&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1},
			&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{unix.IPPROTO_TCP}},
			// Not resets themselves: ours would meet the rule on their way out.
			&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 13, Len: 1},
			&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 1, Mask: []byte{tcpRST}, Xor: []byte{0}},
			&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{0}},
			&expr.Counter{},
			&expr.Reject{Type: unix.NFT_REJECT_TCP_RST},
		}
	case Loss:
		const of = 1_000_000
		limit := make([]byte, 4)
		binary.BigEndian.PutUint32(limit, uint32(f.spec.Share*of))
		return []expr.Any{
			&expr.Counter{},
			&expr.Numgen{Register: 1, Modulus: of, Type: unix.NFT_NG_RANDOM},
			&expr.Byteorder{SourceRegister: 1, DestRegister: 1, Op: expr.ByteorderHton, Len: 4, Size: 4},
			&expr.Cmp{Op: expr.CmpOpLt, Register: 1, Data: limit},
			&expr.Counter{},
			&expr.Verdict{Kind: expr.VerdictDrop},
		}
	}
	return []expr.Any{&expr.Counter{}, &expr.Verdict{Kind: expr.VerdictDrop}}
}

const tcpRST = 0x04

// neighbours spares neighbour discovery (ICMPv6 133 to 137), as ARP is spared
// for IPv4: without it a link stays silent for a second after the damage is gone.
func neighbours() []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{unix.IPPROTO_ICMPV6}},
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 0, Len: 1},
		&expr.Cmp{Op: expr.CmpOpGte, Register: 1, Data: []byte{133}},
		&expr.Cmp{Op: expr.CmpOpLte, Register: 1, Data: []byte{137}},
		&expr.Verdict{Kind: expr.VerdictAccept},
	}
}

// notLoopback spares what a node says to itself.
func notLoopback(input bool) []expr.Any {
	key := expr.MetaKeyOIFNAME
	if input {
		key = expr.MetaKeyIIFNAME
	}
	name := make([]byte, unix.IFNAMSIZ)
	copy(name, "lo")
	return []expr.Any{
		&expr.Meta{Key: key, Register: 1},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: name},
	}
}

// peer chooses packets from (or to) one address.
func peer(a netip.Addr, input bool) []expr.Any {
	proto, offset := byte(unix.NFPROTO_IPV4), uint32(16)
	if input {
		offset = 12
	}
	if a.Is6() {
		proto, offset = unix.NFPROTO_IPV6, 24
		if input {
			offset = 8
		}
	}
	raw := a.AsSlice()
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyNFPROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{proto}},
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: uint32(len(raw))},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: raw},
	}
}

// port chooses TCP packets of one of the instance's own ports.
func port(p int, input bool) []expr.Any {
	offset := uint32(0)
	if input {
		offset = 2
	}
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{unix.IPPROTO_TCP}},
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: offset, Len: 2},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: binaryutil.BigEndian.PutUint16(uint16(p))},
	}
}

// look lists our rules as the kernel has them, with what they have counted.
func (f *filter) look() (bool, string, error) {
	c, err := nftables.New()
	if err != nil {
		return false, "", fmt.Errorf("nftables: %w", err)
	}
	t := f.table()
	rules, seen, hit := 0, uint64(0), uint64(0)
	for _, ch := range f.chains(t) {
		list, err := c.GetRules(t, ch)
		if errors.Is(err, syscall.ENOENT) {
			continue
		}
		if err != nil {
			return false, "", fmt.Errorf("read the rules back: %w", err)
		}
		for _, r := range list {
			if !harms(r) {
				continue
			}
			rules++
			first, last := counters(r)
			seen, hit = seen+first, hit+last
		}
	}
	if rules == 0 {
		return false, "no rule of table " + t.Name, nil
	}
	text := fmt.Sprintf("%d %s rules in force (table %s), %d packets hit", rules, f.spec.Kind, t.Name, hit)
	if f.spec.Kind == Loss {
		text += fmt.Sprintf(" of %d", seen)
	}
	return true, text, nil
}

// harms tells our rules with a counter from the one that spares.
func harms(r *nftables.Rule) bool {
	for _, e := range r.Exprs {
		if _, ok := e.(*expr.Counter); ok {
			return true
		}
	}
	return false
}

func counters(r *nftables.Rule) (first, last uint64) {
	n := 0
	for _, e := range r.Exprs {
		if c, ok := e.(*expr.Counter); ok {
			if n == 0 {
				first = c.Packets
			}
			last = c.Packets
			n++
		}
	}
	return first, last
}

// revert removes our table, if it is there.
func (f *filter) revert() error {
	c, err := nftables.New()
	if err != nil {
		return fmt.Errorf("nftables: %w", err)
	}
	c.DelTable(f.table())
	if err := c.Flush(); err != nil && !errors.Is(err, syscall.ENOENT) {
		return fmt.Errorf("nftables: remove table %s: %w", f.spec.table(), err)
	}
	return nil
}
