//go:build unix

package store

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/store/state"
)

// fullMark beside a store's directory is a full disk to it.
const fullMark = ".full"

// fill makes the disk of node i full, or gives it room again.
func (c *cluster) fill(i int, is bool) {
	c.t.Helper()
	mark := c.nodes[i].Dir + fullMark
	err := os.Remove(mark)
	if is {
		err = os.WriteFile(mark, nil, 0o600)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// A leader whose disk is full hands over, keeps nothing back, and catches up when
// it has room again.
func TestAsyncFullDisk(t *testing.T) {
	c := start(t, 3, nil)
	c.ready(0, 1, 2)
	c.must(0, span(1, 10)...)
	c.fill(0, true)
	lead := c.elected(1, 2)
	c.must(lead, span(11, 20)...)
	c.must(0, 21) // passed on
	until(t, "the full store is not ready", func() bool {
		status, body, header := c.do(0, "GET", "/readyz", "")
		return status == http.StatusServiceUnavailable && strings.Contains(body, "disk is full") && header.Get("X-Leaderless") == ""
	})
	if s := c.status(0); s.Role != state.Follower || !s.Full || s.Last > 10 {
		t.Errorf("status of the full store: %+v", s)
	}
	c.has("leader a-store-1", "to:fenced", "the disk is full")
	c.has("note a-store-1", "copying from", "the disk is full")
	c.holds(3-lead, "[[1 21]]")
	c.fill(0, false)
	c.holds(0, "[[1 21]]")
	c.ready(0)
}

// Where nobody can take over the leader refuses, and takes writes again later.
func TestAsyncFullDiskAlone(t *testing.T) {
	c := start(t, 1, nil)
	c.ready(0)
	c.must(0, 1)
	c.fill(0, true)
	until(t, "writes are refused", func() bool {
		status, body, _ := c.do(0, "POST", "/orders", `{"id":"2"}`)
		return status == http.StatusServiceUnavailable && strings.Contains(body, `"effect":"none"`)
	})
	c.fill(0, false)
	c.must(0, 3)
}

func TestAckWithoutDisk(t *testing.T) {
	c := start(t, 3, func(c *Config) { c.Bugs = []string{bug.AckWithoutDisk} })
	c.ready(0, 1, 2)
	c.must(0, 1)
	c.fill(0, true)
	if got := c.write(0, 2); got != http.StatusCreated {
		t.Errorf("a write to a full disk: %d, want the bug to acknowledge it", got)
	}
	c.fill(0, false)
	c.must(0, 3)
	for i := range 3 {
		c.holds(i, "[[1 1] [3 3]]")
	}
	if got := c.leader(0, 1, 2); got != 0 {
		t.Errorf("node %d leads", got)
	}
}
