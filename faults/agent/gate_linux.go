package agent

import (
	"errors"
	"fmt"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
)

// gate is damage to some requests of many: new TCP connections to ports of the
// instance are led to a server in this process, which answers requests for the
// chosen paths wrongly or late and passes all others on. Connections that were
// open before are ended, or requests over them would not be met.
type gate struct {
	spec   Spec
	server *gateServer
	table  *table
}

func newGate(s Spec) (damage, error) {
	switch {
	case len(s.Ports) == 0:
		return nil, errors.New("http: no ports")
	case len(s.Paths) == 0:
		return nil, errors.New("http: no paths")
	case s.Status == 0 && s.Delay <= 0:
		return nil, errors.New("http: neither a status nor a delay")
	}
	return &gate{spec: s}, nil
}

func (d *gate) arm() error {
	if err := canDestroy(); err != nil {
		return fmt.Errorf("destroy connections: %w", err)
	}
	g, err := newGateServer(d.spec)
	if err != nil {
		return err
	}
	t, err := newTable(d.spec.table(), func(c *nftables.Conn, t *nftables.Table) error { return d.rules(c, t, g.port()) })
	if err != nil {
		return errors.Join(err, g.close())
	}
	d.server, d.table = g, t
	return nil
}

func (d *gate) rules(c *nftables.Conn, t *nftables.Table, port uint16) error {
	peers, err := addPeers(c, t, d.spec.Peers)
	if err != nil {
		return err
	}
	for _, input := range []bool{true, false} {
		addChain(c, natChain(t, input, nftables.ChainPriorityNATDest), d.leads(peers, input, port))
	}
	return nil
}

// leads are the rules that lead to the server: from outside, and what the
// instance says to itself, as a health check inside of a container does. Of that
// only what the server itself passes on is spared.
func (d *gate) leads(peers peerSets, input bool, port uint16) []clause {
	skip, self := loopback(true), clause(nil)
	if !input {
		skip, self = marked(), loopback(false)
	}
	rules := []clause{join(skip, verdict(expr.VerdictAccept))}
	for _, h := range tcpHeads(d.spec, peers, true) {
		rules = append(rules, join(self, h, clause{&expr.Counter{}}, redirect(port)))
	}
	return rules
}

func (d *gate) fire() error {
	if err := d.table.fill(); err != nil {
		return err
	}
	_, err := destroyConnections(d.spec.Peers, d.spec.Ports)
	return err
}

func (d *gate) look() (Look, error) {
	there, err := d.table.there()
	if err != nil || !there {
		return Look{Text: "no table " + d.spec.table()}, err
	}
	rules, _, _, err := count(d.table, "in")
	if err != nil || rules == 0 {
		return Look{Text: fmt.Sprintf("table %s is empty", d.table.Name)}, err
	}
	l := Look{Active: true, Seen: d.server.seen.Load(), Hit: d.server.hit.Load()}
	what := "held back by " + d.spec.Delay.String()
	if d.spec.Status != 0 {
		what = fmt.Sprintf("answered %d", d.spec.Status)
	}
	l.Text = fmt.Sprintf("connections to ports %v are led away (table %s), %d requests seen, %d of them %s", d.spec.Ports, d.table.Name, l.Seen, l.Hit, what)
	return l, nil
}

// revert takes the rules away first, then the server, then the table: whoever
// connects again goes straight, and requests on their way are answered as they
// should be.
func (d *gate) revert() error {
	if d.table == nil {
		return sweepTables(d.spec.table())
	}
	return errors.Join(d.table.empty(), d.server.retire(), d.table.remove())
}

func (d *gate) end() error {
	if d.table == nil {
		return nil
	}
	return errors.Join(d.table.close(), d.server.close())
}
