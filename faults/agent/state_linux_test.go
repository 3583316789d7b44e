package agent_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/drillctl/drillctl/faults/agent/lab"
)

func to(h *lab.Host, port uint16) []netip.AddrPort {
	return []netip.AddrPort{netip.AddrPortFrom(h.V4, port), netip.AddrPortFrom(h.V6, port)}
}

func to4and6(h *lab.Host) []netip.Addr { return []netip.Addr{h.V4, h.V6} }

// state is all that there is of packet filter and traffic control in a host.
func state(t *testing.T, h *lab.Host) string {
	t.Helper()
	var out strings.Builder
	if err := h.Do(func() error { return write(&out) }); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func write(out *strings.Builder) error {
	c, err := nftables.New()
	if err != nil {
		return err
	}
	tables, err := c.ListTables()
	if err != nil {
		return err
	}
	for _, t := range tables {
		fmt.Fprintln(out, "table", t.Family, t.Name, t.Flags)
	}
	chains, err := c.ListChains()
	if err != nil {
		return err
	}
	for _, ch := range chains {
		fmt.Fprintln(out, "chain", ch.Table.Name, ch.Name, ch.Type, *ch.Hooknum, *ch.Priority)
		rules, err := c.GetRules(ch.Table, ch)
		if err != nil {
			return err
		}
		for _, r := range rules {
			b, err := json.Marshal(r.Exprs)
			if err != nil {
				return err
			}
			fmt.Fprintln(out, "rule", r.Handle, string(b))
		}
	}
	list, err := netlink.QdiscList(nil)
	if err != nil {
		return err
	}
	for _, q := range list {
		fmt.Fprintln(out, "qdisc", q.Attrs().LinkIndex, q.Type(), q.Attrs().Handle)
	}
	return nil
}

// foreign makes a table of somebody else's, with a name that could be mistaken
// for one of ours.
func foreign(t *testing.T, h *lab.Host) { addTable(t, h, "drillctlx_mine") }

// orphan makes what an agent of an old kernel leaves when it is killed.
func orphan(t *testing.T, h *lab.Host) {
	addTable(t, h, "drillctl_test_gone")
	if err := h.Do(func() error {
		l, err := netlink.LinkByName(h.Link)
		if err != nil {
			return err
		}
		a := netlink.QdiscAttrs{LinkIndex: l.Attrs().Index, Handle: netlink.MakeHandle(0xd411, 0), Parent: netlink.HANDLE_ROOT}
		return netlink.QdiscAdd(&netlink.Tbf{QdiscAttrs: a, Rate: 1 << 20, Buffer: 1 << 20, Limit: 1 << 20})
	}); err != nil {
		t.Fatal(err)
	}
}

func addTable(t *testing.T, h *lab.Host, name string) {
	t.Helper()
	if err := h.Do(func() error {
		c, err := nftables.New()
		if err != nil {
			return err
		}
		tab := c.AddTable(&nftables.Table{Family: nftables.TableFamilyINet, Name: name})
		ch := c.AddChain(&nftables.Chain{Name: "in", Table: tab, Type: nftables.ChainTypeFilter, Hooknum: nftables.ChainHookInput, Priority: nftables.ChainPriorityFilter})
		c.AddRule(&nftables.Rule{Table: tab, Chain: ch, Exprs: []expr.Any{&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1}, &expr.Verdict{Kind: expr.VerdictAccept}}})
		return c.Flush()
	}); err != nil {
		t.Fatal(err)
	}
}

var errNotYet = errors.New("not yet")

// established counts the TCP connections with a port of some addresses that the
// namespace of this thread has.
func established(four, six netip.Addr, port uint16) (int, error) {
	n := 0
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		all, err := netlink.SocketDiagTCP(family)
		if err != nil {
			return 0, err
		}
		for _, s := range all {
			to, _ := netip.AddrFromSlice(s.ID.Destination)
			if to = to.Unmap(); (to == four || to == six) && s.ID.DestinationPort == port && s.State == netlink.TCP_ESTABLISHED {
				n++
			}
		}
	}
	return n, nil
}
