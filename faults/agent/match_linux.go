package agent

import (
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// clause is a part of a rule.
type clause = []expr.Any

func join(parts ...clause) clause {
	var all clause
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func meta(key expr.MetaKey, op expr.CmpOp, data []byte) clause {
	return clause{&expr.Meta{Key: key, Register: 1}, &expr.Cmp{Op: op, Register: 1, Data: data}}
}

func verdict(k expr.VerdictKind) clause { return clause{&expr.Verdict{Kind: k}} }

// loopback chooses what the instance says to itself.
func loopback(input bool) clause {
	key := expr.MetaKeyOIFNAME
	if input {
		key = expr.MetaKeyIIFNAME
	}
	name := make([]byte, unix.IFNAMSIZ)
	copy(name, "lo")
	return meta(key, expr.CmpOpEq, name)
}

func tcp() clause { return meta(expr.MetaKeyL4PROTO, expr.CmpOpEq, []byte{unix.IPPROTO_TCP}) }

// resets chooses TCP packets with the RST flag: those that a rule has answered
// with must get out, and nobody answers a reset with another.
func resets() clause {
	const offset, rst = 13, 1 << 2 // of the TCP header
	return join(tcp(), clause{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: offset, Len: 1},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 1, Mask: []byte{rst}, Xor: []byte{0}},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: []byte{0}},
	})
}

// marked chooses packets of the relay's own sockets.
func marked() clause {
	return meta(expr.MetaKeyMARK, expr.CmpOpEq, binaryutil.NativeEndian.PutUint32(relayMark))
}

// neighbours chooses IPv6's address resolution (RFC 4861, types 133 to 136). It
// is spared as IPv4's ARP is, so that the end of the damage is not followed by
// a second of looking for neighbours.
func neighbours() clause {
	return join(meta(expr.MetaKeyL4PROTO, expr.CmpOpEq, []byte{unix.IPPROTO_ICMPV6}), clause{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 0, Len: 1},
		&expr.Range{Op: expr.CmpOpEq, Register: 1, FromData: []byte{133}, ToData: []byte{136}},
	})
}

// ports chooses TCP and UDP packets of one of the instance's own ports.
func ports(p int, input bool) clause {
	offset := uint32(0)
	if input {
		offset = 2
	}
	return clause{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: offset, Len: 2},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: binaryutil.BigEndian.PutUint16(uint16(p))},
	}
}

// peerSets puts the other side's addresses into sets of the table, so that there
// are two rules and not one for every peer.
type peerSets struct{ v4, v6 *nftables.Set }

func addPeers(c *nftables.Conn, t *nftables.Table, peers []netip.Addr) (peerSets, error) {
	var s peerSets
	elements := map[bool][]nftables.SetElement{}
	seen := map[netip.Addr]bool{}
	for _, p := range peers {
		p = p.Unmap().WithZone("")
		if !seen[p] {
			seen[p] = true
			elements[p.Is4()] = append(elements[p.Is4()], nftables.SetElement{Key: p.AsSlice()})
		}
	}
	for is4, all := range elements {
		set := &nftables.Set{Table: t, Name: "peers6", KeyType: nftables.TypeIP6Addr}
		if is4 {
			set = &nftables.Set{Table: t, Name: "peers4", KeyType: nftables.TypeIPAddr}
			s.v4 = set
		} else {
			s.v6 = set
		}
		if err := c.AddSet(set, all); err != nil {
			return s, err
		}
	}
	return s, nil
}

// heads are the beginnings of the rules that choose packets of the peers: one
// for every family, or one for everybody.
func (s peerSets) heads(input bool) []clause {
	if s.v4 == nil && s.v6 == nil {
		return []clause{nil}
	}
	var out []clause
	if s.v4 != nil {
		out = append(out, inSet(s.v4, unix.NFPROTO_IPV4, pick[uint32](input, 12, 16), 4))
	}
	if s.v6 != nil {
		out = append(out, inSet(s.v6, unix.NFPROTO_IPV6, pick[uint32](input, 8, 24), 16))
	}
	return out
}

// inSet looks the source (input) or destination address up; offsets are those
// of the IP headers.
func inSet(set *nftables.Set, family byte, offset, size uint32) clause {
	return join(meta(expr.MetaKeyNFPROTO, expr.CmpOpEq, []byte{family}), clause{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: size},
		&expr.Lookup{SourceRegister: 1, SetName: set.Name, SetID: set.ID},
	})
}

func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}

// portHeads narrows heads down to TCP and UDP packets of ports of the peers.
func portHeads(heads []clause, of []int, input bool) []clause {
	var out []clause
	for _, h := range heads {
		for _, proto := range []byte{unix.IPPROTO_TCP, unix.IPPROTO_UDP} {
			for _, p := range of {
				out = append(out, join(meta(expr.MetaKeyL4PROTO, expr.CmpOpEq, []byte{proto}), h, ports(p, !input)))
			}
		}
	}
	return out
}

// tcpHeads are the beginnings of rules for TCP packets of the peers and ports of
// a Spec.
func tcpHeads(s Spec, peers peerSets, input bool) []clause {
	var out []clause
	for _, h := range peers.heads(input) {
		h = join(tcp(), h)
		if len(s.Ports) == 0 {
			out = append(out, h)
		}
		for _, p := range s.Ports {
			out = append(out, join(h, ports(p, input)))
		}
	}
	return out
}
