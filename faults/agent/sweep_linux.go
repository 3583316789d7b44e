package agent

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"

	"github.com/google/nftables"
	"github.com/vishvananda/netlink"
)

// sweep takes back what a dead agent left of its damage, or without a Spec what
// all dead agents left.
func sweep(s *Spec) error {
	if s != nil {
		d, err := newDamage(*s)
		if err != nil {
			return err
		}
		return d.revert()
	}
	return errors.Join(sweepTables(""), sweepQdiscs())
}

// otherTables are those of ours in force here beside that one: other damage that
// hits the same packets.
func otherTables(name string) ([]string, error) {
	c, err := nftables.New()
	if err != nil {
		return nil, fmt.Errorf("nftables: %w", err)
	}
	chains, err := c.ListChainsOfTableFamily(nftables.TableFamilyINet)
	if err != nil {
		return nil, fmt.Errorf("nftables: list the chains: %w", err)
	}
	var out []string
	for _, ch := range chains { // a table that is only armed has none
		n := ch.Table.Name
		if strings.HasPrefix(n, tablePrefix) && n != name && !strings.HasSuffix(n, trySuffix) && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out, nil
}

// sweepTables removes tables that an agent left behind: the one of that name,
// or all of ours without a name. What a living agent owns is not left behind.
func sweepTables(name string) error {
	c, err := nftables.New()
	if err != nil {
		return fmt.Errorf("nftables: %w", err)
	}
	all, err := c.ListTablesOfFamily(nftables.TableFamilyINet)
	if err != nil {
		return fmt.Errorf("nftables: list the tables: %w", err)
	}
	var errs error
	for _, t := range all {
		if !strings.HasPrefix(t.Name, tablePrefix) || name != "" && t.Name != name {
			continue
		}
		c.DelTable(t)
		err := c.Flush()
		if errors.Is(err, syscall.ENOENT) || name == "" && errors.Is(err, syscall.EPERM) { // gone, or a living agent's
			continue
		}
		if err != nil {
			errs = errors.Join(errs, fmt.Errorf("nftables: remove table %s: %w", t.Name, err))
		}
	}
	return errs
}

// sweepQdiscs removes what has our handle, from all interfaces.
func sweepQdiscs() error {
	list, err := netlink.QdiscList(nil)
	if err != nil {
		return fmt.Errorf("queueing disciplines: %w", err)
	}
	var errs error
	for _, x := range list {
		if x.Attrs().Handle != handle || x.Type() != "tbf" && x.Type() != "netem" {
			continue
		}
		if err := netlink.QdiscDel(x); err != nil && !errors.Is(err, syscall.ENOENT) {
			errs = errors.Join(errs, fmt.Errorf("remove %s: %w", x.Type(), err))
		}
	}
	return errs
}
