package agent

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Flags of a table (linux/netfilter/nf_tables.h).
const (
	dormant = unix.NFT_TABLE_F_DORMANT // its hooks are not registered: no packet meets it
	owned   = 0x2                      // NFT_TABLE_F_OWNER, since 5.12: it goes with the socket that made it
)

// trySuffix is on the names of tables that never meet a packet.
const trySuffix = "_try"

// A build queues sets, chains and rules for a table.
type build func(c *nftables.Conn, t *nftables.Table) error

// A table is one nftables table of ours, in the inet family, so that IPv4 and
// IPv6 are hit alike. It stands empty until one prepared transaction fills it,
// and the kernel removes it when this process dies, however it dies.
type table struct {
	*nftables.Table
	conn   *nftables.Conn // with the transaction in its queue
	raw    *netlink.Conn  // the socket of conn
	filled bool
}

// newTable has the kernel check the rules in a throwaway table that is asleep,
// so that no packet meets them, then makes the real one and queues them.
func newTable(name string, rules build) (*table, error) {
	if err := tryTable(name+trySuffix, rules); err != nil {
		return nil, err
	}
	t, err := openTable(name, owned)
	if errors.Is(err, syscall.EOPNOTSUPP) {
		t, err = openTable(name, 0) // before 5.12
	}
	if err != nil {
		return nil, err
	}
	if err := rules(t.conn, t.Table); err != nil {
		return nil, errors.Join(err, t.close())
	}
	return t, nil
}

func tryTable(name string, rules build) error {
	t, err := openTable(name, dormant)
	if err != nil {
		return err
	}
	if err = rules(t.conn, t.Table); err == nil {
		err = t.fill()
	}
	return errors.Join(err, t.close())
}

// openTable makes an empty table on a socket of its own. Package nftables always
// sends flags 0, so this message is made by hand.
func openTable(name string, flags uint32) (*table, error) {
	t := &table{Table: &nftables.Table{Family: nftables.TableFamilyINet, Name: name, Flags: flags}}
	keep := func(c *netlink.Conn) error { t.raw = c; return nil }
	conn, err := nftables.New(nftables.AsLasting(), nftables.WithSockOptions(keep))
	if err != nil {
		return nil, fmt.Errorf("nftables: %w", err)
	}
	t.conn = conn
	if err := t.create(); err != nil {
		return nil, errors.Join(fmt.Errorf("nftables: make table %s: %w", name, err), conn.CloseLasting())
	}
	return t, nil
}

func (t *table) create() error {
	data, err := netlink.MarshalAttributes([]netlink.Attribute{
		{Type: unix.NFTA_TABLE_NAME, Data: []byte(t.Name + "\x00")},
		{Type: unix.NFTA_TABLE_FLAGS, Data: binaryutil.BigEndian.PutUint32(t.Flags)},
	})
	if err != nil {
		return err
	}
	batch := func(typ uint16) netlink.Message {
		return netlink.Message{
			Header: netlink.Header{Type: netlink.HeaderType(typ), Flags: netlink.Request},
			Data:   []byte{0, unix.NFNETLINK_V0, 0, unix.NFNL_SUBSYS_NFTABLES},
		}
	}
	make := netlink.Message{
		Header: netlink.Header{
			Type:  netlink.HeaderType(unix.NFNL_SUBSYS_NFTABLES<<8 | unix.NFT_MSG_NEWTABLE),
			Flags: netlink.Request | netlink.Acknowledge | netlink.Create | netlink.Excl,
		},
		Data: append([]byte{byte(t.Family), unix.NFNETLINK_V0, 0, 0}, data...),
	}
	if _, err := t.raw.SendMessages([]netlink.Message{batch(unix.NFNL_MSG_BATCH_BEGIN), make, batch(unix.NFNL_MSG_BATCH_END)}); err != nil {
		return err
	}
	_, err = t.raw.Receive() // the acknowledgement
	return err
}

// fill puts the queued rules in force, in one transaction.
func (t *table) fill() error {
	if err := t.conn.Flush(); err != nil {
		return fmt.Errorf("nftables: fill table %s: %w", t.Name, err)
	}
	t.filled = true
	return nil
}

// there says whether the table is in the kernel.
func (t *table) there() (bool, error) {
	_, err := t.conn.ListTableOfFamily(t.Name, t.Family)
	if errors.Is(err, syscall.ENOENT) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("nftables: read table %s back: %w", t.Name, err)
	}
	return true, nil
}

// empty takes the rules away and leaves the chains: while a chain of addresses is
// there the kernel goes on rewriting those of open connections. It is safe to repeat.
func (t *table) empty() error {
	if !t.filled {
		return nil
	}
	t.conn.FlushTable(t.Table)
	if err := t.conn.Flush(); err != nil && !errors.Is(err, syscall.ENOENT) {
		return fmt.Errorf("nftables: empty table %s: %w", t.Name, err)
	}
	return nil
}

// remove takes the table away. It is safe to repeat.
func (t *table) remove() error {
	if !t.filled {
		return t.close()
	}
	t.conn.DelTable(t.Table)
	if err := t.conn.Flush(); err != nil && !errors.Is(err, syscall.ENOENT) {
		return fmt.Errorf("nftables: remove table %s: %w", t.Name, err)
	}
	return nil
}

// close removes the table with the socket that owns it, and what is queued.
func (t *table) close() error {
	var err error
	if t.filled {
		err = t.remove()
	}
	err = errors.Join(err, t.conn.CloseLasting())
	if t.Flags&owned == 0 {
		err = errors.Join(err, sweepTables(t.Name))
	}
	return err
}
