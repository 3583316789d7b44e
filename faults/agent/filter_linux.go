package agent

import (
	"errors"
	"fmt"
	"math"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// filter is damage by packet filter: Drop, Reset and Loss.
type filter struct {
	spec  Spec
	table *table // nil before arm
}

// priority puts our chains before everything else that filters.
var priority = nftables.ChainPriorityRef(-400)

// arm has the kernel check all rules where no packet meets one.
func (f *filter) arm() (err error) {
	if f.spec.Reset {
		if err := canDestroy(); err != nil {
			return fmt.Errorf("destroy connections: %w", err)
		}
	}
	f.table, err = newTable(f.spec.table(), f.rules)
	return err
}

func (f *filter) rules(c *nftables.Conn, t *nftables.Table) error {
	peers, err := addPeers(c, t, f.spec.Peers)
	if err != nil {
		return err
	}
	for _, input := range []bool{true, false} {
		if f.spec.Direction == pick(input, Out, In) {
			continue
		}
		addChain(c, &nftables.Chain{
			Name: pick(input, "in", "out"), Table: t, Type: nftables.ChainTypeFilter, Priority: priority,
			Hooknum: pick(input, nftables.ChainHookInput, nftables.ChainHookOutput),
		}, f.chain(peers, input))
	}
	return nil
}

func (f *filter) chain(peers peerSets, input bool) []clause {
	spared, heads := neighbours(), peers.heads(input)
	switch {
	case f.spec.Kind == Reset:
		spared, heads = resets(), tcpHeads(f.spec, peers, input)
	case len(f.spec.PeerPorts) > 0:
		heads = portHeads(heads, f.spec.PeerPorts, input)
	}
	accept := verdict(expr.VerdictAccept)
	rules := []clause{join(loopback(input), accept), join(spared, accept)}
	for _, h := range heads {
		rules = append(rules, join(h, f.harm()))
	}
	return rules
}

// harm is what happens to a packet that a rule has chosen. The last counter
// counts what was hit.
func (f *filter) harm() clause {
	switch f.spec.Kind {
	case Reset:
		return clause{&expr.Counter{}, &expr.Reject{Type: unix.NFT_REJECT_TCP_RST}}
	case Loss:
		return join(lot(f.spec.Share), clause{&expr.Counter{}, &expr.Verdict{Kind: expr.VerdictDrop}})
	}
	return clause{&expr.Counter{}, &expr.Verdict{Kind: expr.VerdictDrop}}
}

// lot counts a packet and goes on with that share of them. Numbers of nftables
// are compared as bytes, hence the byte order.
func lot(share float64) clause {
	const of = 1_000_000
	return clause{
		&expr.Counter{},
		&expr.Numgen{Register: 1, Modulus: of, Type: unix.NFT_NG_RANDOM},
		&expr.Byteorder{SourceRegister: 1, DestRegister: 1, Op: expr.ByteorderHton, Len: 4, Size: 4},
		&expr.Cmp{Op: expr.CmpOpLt, Register: 1, Data: binaryutil.BigEndian.PutUint32(uint32(math.Round(share * of)))},
	}
}

func (f *filter) fire() error {
	if !f.spec.Reset {
		return f.table.fill()
	}
	// First the resets, which the rules would swallow.
	_, err := destroyConnections(f.spec.Peers, nil)
	return errors.Join(err, f.table.fill())
}

// look lists our rules as the kernel has them, with what they have counted.
func (f *filter) look() (Look, error) {
	l := Look{Text: "no table " + f.spec.table()}
	there, err := f.table.there()
	if err != nil || !there {
		return l, err
	}
	rules := 0
	for _, name := range []string{"in", "out"} {
		n, seen, hit, err := count(f.table, name)
		if err != nil {
			return Look{}, err
		}
		rules, l.Seen, l.Hit = rules+n, l.Seen+seen, l.Hit+hit
	}
	if rules == 0 {
		l.Text = fmt.Sprintf("table %s is empty", f.table.Name)
		return l, nil
	}
	l.Active = true
	l.Text = fmt.Sprintf("%s rules in force (table %s), %s", f.spec.Kind, f.table.Name, f.counted(l))
	return l, nil
}

func (f *filter) counted(l Look) string {
	switch f.spec.Kind {
	case Reset:
		return fmt.Sprintf("%d packets answered with a reset", l.Hit)
	case Loss:
		return fmt.Sprintf("%d of %d packets dropped", l.Hit, l.Seen)
	}
	return fmt.Sprintf("%d packets dropped", l.Hit)
}

// revert removes our table, if it is there.
func (f *filter) revert() error {
	if f.table == nil {
		return sweepTables(f.spec.table())
	}
	return f.table.remove()
}

// end gives back what arm took.
func (f *filter) end() error {
	if f.table == nil {
		return nil
	}
	return f.table.close()
}
