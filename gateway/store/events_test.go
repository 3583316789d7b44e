//go:build unix

package store

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/store/async"
)

func startEvents(t *testing.T, every time.Duration, bugs ...string) *cluster {
	t.Helper()
	c := start(t, 3, func(c *Config) { c.Replication, c.CopyEvery, c.Bugs = ByEvents, every, bugs })
	c.ready(0, 1, 2)
	return c
}

// Events reach every region, those of a time in which a copier was away later; one
// that is delivered twice is stored once.
func TestEventsAreDeliveredAtLeastOnce(t *testing.T) {
	c := startEvents(t, 100*time.Millisecond)
	c.must(0, span(1, 5)...)
	c.holds(1, "[[1 5]]")
	c.holds(2, "[[1 5]]")
	c.kill(1)
	c.must(0, span(6, 10)...)
	c.has("health b-store-1", "to:unhealthy", "via:replication", "by:a-store-1")
	c.run(1)
	c.holds(1, "[[1 10]]")
	c.has("health b-store-1", "to:healthy", "via:replication")
	epoch := c.status(0).Epoch
	twice := func() (status int, last uint64) {
		var taken async.Taken
		status, body, _ := c.do(2, "POST", "/events", backupText(t, epoch, 0, 8))
		_ = json.Unmarshal([]byte(body), &taken)
		return status, taken.Last
	}
	if status, last := twice(); status != 200 || last != 10 {
		t.Errorf("delivered again: %d, up to %d", status, last)
	}
	c.holds(2, "[[1 10]]")
}

// A copier takes nothing from whom it does not follow, and nothing that is damaged.
func TestEventsAreChecked(t *testing.T) {
	c := startEvents(t, 100*time.Millisecond)
	c.must(0, 1)
	c.holds(1, "[[1 1]]")
	epoch := c.status(0).Epoch
	for name, tt := range map[string]struct {
		node   int
		text   string
		status int
	}{
		"an old leader":     {1, backupText(t, epoch-1, 0, 3), 409},
		"one not known yet": {1, backupText(t, epoch+1, 0, 3), 409},
		"to the leader":     {0, backupText(t, epoch, 0, 3), 409},
		"damaged":           {1, strings.Replace(backupText(t, epoch, 0, 3), `"x"`, `"y"`, 1), 422},
	} {
		if status, body, _ := c.do(tt.node, "POST", "/events", tt.text); status != tt.status {
			t.Errorf("%s: %d %s, want %d", name, status, body, tt.status)
		}
	}
	c.holds(1, "[[1 1]]")
}

// What was acknowledged and not yet delivered is lost with the region, and put aside
// when it returns.
func TestEventsThatWereOnTheirWay(t *testing.T) {
	c := startEvents(t, 30*time.Second)
	c.must(0, span(1, 5)...)
	c.kill(0)
	lead := c.elected(1, 2)
	if got := c.ids(lead, "local"); len(got.IDs) != 0 {
		t.Errorf("%v has reached region %s at once", got.IDs, got.Region)
	}
	c.must(lead, 20)
	c.run(0)
	c.holds(0, "[[20 20]]")
	c.has("note a-store-1", "divergent:5")
}

func TestEventBugs(t *testing.T) {
	t.Run(bug.NoEventCopy, func(t *testing.T) {
		t.Parallel()
		c := startEvents(t, 50*time.Millisecond, bug.NoEventCopy)
		c.must(0, 1, 2)
		time.Sleep(time.Second)
		for i := 1; i < 3; i++ {
			if got := c.ids(i, "local"); len(got.IDs) != 0 {
				t.Errorf("%v has reached region %s", got.IDs, got.Region)
			}
		}
	})
	t.Run(bug.NoRedelivery, func(t *testing.T) {
		t.Parallel()
		c := start(t, 3, func(c *Config) {
			c.Replication, c.CopyEvery, c.Bugs, c.Ports = ByEvents, 50*time.Millisecond, []string{bug.NoRedelivery}, freePorts(t, 3)
		})
		c.ready(0, 1, 2)
		time.Sleep(time.Second) // until all know whom they copy: what comes before is forgotten
		c.must(0, 1)
		c.holds(1, "[[1 1]]")
		c.kill(1)
		c.must(0, 2, 3)
		c.holds(2, "[[1 3]]")
		c.run(1)
		c.must(0, 4)
		c.holds(2, "[[1 4]]")
		time.Sleep(time.Second)
		if got := c.ids(1, "local"); len(got.IDs) != 1 || got.IDs[0][1] != 1 {
			t.Errorf("%v: what could not be delivered was sent again", got.IDs)
		}
	})
}
