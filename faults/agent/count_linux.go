package agent

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
)

// count sums the counters of a chain's rules: how many rules do harm, how many
// packets they have seen (their first counter) and hit (their last).
func count(t *table, chain string) (rules int, seen, hit uint64, err error) {
	list, err := t.conn.GetRules(t.Table, &nftables.Chain{Name: chain, Table: t.Table})
	if errors.Is(err, syscall.ENOENT) {
		return 0, 0, 0, nil
	}
	if err != nil {
		return 0, 0, 0, fmt.Errorf("nftables: read the rules back: %w", err)
	}
	for _, r := range list {
		first, last, ok := counters(r)
		if ok {
			rules, seen, hit = rules+1, seen+first, hit+last
		}
	}
	return rules, seen, hit, nil
}

func counters(r *nftables.Rule) (first, last uint64, ok bool) {
	for _, e := range r.Exprs {
		c, is := e.(*expr.Counter)
		if !is {
			continue
		}
		if !ok {
			first = c.Packets
		}
		last, ok = c.Packets, true
	}
	return first, last, ok
}
