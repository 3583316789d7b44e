//go:build unix

package store

import (
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
)

func TestSyncLosesNothing(t *testing.T) {
	c := start(t, 3, func(c *Config) { c.Replication = Sync })
	t.Logf("ready after %v", c.ready(0, 1, 2))
	// JetStream elects anybody at first; the lead then moves to the primary.
	const lead = 0
	until(t, "the primary leads", func() bool { return c.leader(0, 1, 2) == lead })
	c.must(0, span(1, 20)...)
	c.must(1, span(21, 30)...)
	if got := c.write(2, 7); got != 200 {
		t.Errorf("writing 7 again: %d, want 200", got)
	}
	epoch := c.status(lead).Epoch
	began := time.Now()
	c.kill(lead)
	a, b := (lead+1)%3, (lead+2)%3
	c.elected(a, b)
	c.ready(a, b)
	t.Logf("two of three ready after %v", time.Since(began))
	c.must(a, span(31, 40)...)
	c.holds(a, "[[1 40]]")
	c.holds(b, "[[1 40]]")
	if got := c.status(a).Epoch; got <= epoch {
		t.Errorf("epoch %d after %d", got, epoch)
	}
	c.run(lead)
	c.holds(lead, "[[1 40]]")
	c.ready(lead)
	c.terminate(lead)
}

func TestSyncWithoutMajority(t *testing.T) {
	c := start(t, 3, func(c *Config) { c.Replication = Sync })
	c.ready(0, 1, 2)
	c.must(0, 1, 2, 3)
	c.holds(0, "[[1 3]]")
	until(t, "the primary leads", func() bool { return c.leader(0, 1, 2) == 0 }) // else it would refuse as a follower
	c.freeze(1, 2)
	if got := c.write(0, 4); got/100 != 5 {
		t.Errorf("a write without a majority: %d, want 503 or 504", got)
	}
	until(t, "not ready", func() bool { s, _, _ := c.do(0, "GET", "/readyz", ""); return s == 503 })
	if got := c.ids(0, "local"); len(got.IDs) == 0 || got.IDs[0] != [2]uint64{1, 3} {
		t.Errorf("local read without a majority: %v", got)
	}
	c.thaw(1, 2)
	c.ready(0, 1, 2)
}

func TestSyncAlone(t *testing.T) {
	c := start(t, 1, func(c *Config) { c.Replication = Sync })
	c.ready(0)
	c.must(0, 1, 2)
	c.kill(0)
	c.run(0)
	c.holds(0, "[[1 2]]")
	c.ready(0)
	c.must(0, 3)
}

func TestSyncBug(t *testing.T) {
	c := start(t, 3, func(c *Config) { c.Replication, c.Bugs = Sync, []string{bug.AckBeforeReplicate} })
	c.ready(0, 1, 2)
	c.must(0, span(1, 10)...)
	lead := c.elected(0, 1, 2)
	c.kill(lead)
	c.holds((lead+1)%3, "[]")
	c.holds((lead+2)%3, "[]")
}

// Whoever leads when it is cut off goes on taking writes, and nobody else gets
// them. JetStream can move the lead at any time on a busy machine: a store that
// lost it just before it was cut off proves nothing, so the next one is tried.
func TestSyncSplitBrain(t *testing.T) {
	c := start(t, 3, func(c *Config) { c.Replication, c.Bugs = Sync, []string{bug.SplitBrain} })
	for id := uint64(1); id < 6; id++ {
		c.ready(0, 1, 2)
		lead := c.leader(0, 1, 2)
		if lead < 0 {
			continue
		}
		a, b := (lead+1)%3, (lead+2)%3
		c.freeze(a, b)
		time.Sleep(1500 * time.Millisecond) // until it has noticed
		took := c.write(lead, id) == 201
		c.thaw(a, b)
		if took {
			c.ready(0, 1, 2)
			c.neverHeardOf(b, id)
			return
		}
	}
	t.Error("no leader that was cut off took a write")
}

// neverHeardOf wants an order to be absent at node i when later ones are there.
func (c *cluster) neverHeardOf(i int, id uint64) {
	c.t.Helper()
	var got ledger
	next := id
	until(c.t, "a later order is replicated", func() bool {
		next++
		c.write(i, next)
		got = c.ids(i, "local")
		return len(got.IDs) > 0 && got.IDs[len(got.IDs)-1][1] > id
	})
	for _, r := range got.IDs {
		if r[0] <= id && id <= r[1] {
			c.t.Errorf("node %d holds %d, which was acknowledged by a leader that was cut off: %v", i, id, got.IDs)
		}
	}
}
