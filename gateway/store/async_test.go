//go:build unix

package store

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/store/elect"
	"github.com/drillctl/drillctl/gateway/store/state"
)

func TestAsyncReplicates(t *testing.T) {
	c := start(t, 3, nil)
	t.Logf("ready after %v", c.ready(0, 1, 2))
	if got := c.leader(0, 1, 2); got != 0 {
		t.Errorf("node %d leads, want the primary", got)
	}
	c.must(0, span(1, 20)...)
	c.must(1, span(22, 30)...) // passed on to the leader
	for i := range 3 {
		c.holds(i, "[[1 20] [22 30]]")
	}
	c.has("leader a-store-1", "to:leader")
	if s := c.status(2); s.Role != state.Follower || s.LeaderRegion != "region-a" || s.Last != 29 || s.AppliedFrom != "region-a" {
		t.Errorf("status of a follower: %+v", s)
	}
	t.Run("again", func(t *testing.T) { testIdempotent(t, c) })
	t.Run("answers", func(t *testing.T) { testAnswers(t, c) })
	t.Run("restart", func(t *testing.T) {
		c.terminate(2)
		c.must(0, 31, 32)
		c.run(2)
		c.holds(2, "[[1 20] [22 32]]")
	})
}

func testIdempotent(t *testing.T, c *cluster) {
	for i := range 3 {
		if got := c.write(i, 5); got != 200 {
			t.Errorf("writing 5 again at node %d: %d, want 200", i, got)
		}
	}
	if got := c.ids(0, "leader"); len(got.Duplicates) != 0 || got.Region != "region-a" {
		t.Errorf("%+v, want no duplicates in region-a", got)
	}
}

func testAnswers(t *testing.T, c *cluster) {
	for _, tt := range []struct {
		method, path, body string
		status             int
		has                string
	}{
		{"GET", "/orders/7", "", 200, `{"id":"7","sent_ns":70,"item":"drill-7","region":"region-a","epoch":`},
		{"GET", "/orders/21", "", 404, `"error"`},
		{"GET", "/orders/x", "", 400, `"error"`},
		{"GET", "/orders?after=18&limit=3", "", 200, `{"ids":["19","20","22"],"next":"22"}`},
		{"GET", "/orders?after=29", "", 200, `{"ids":["30"],"next":""}`},
		{"GET", "/orders?limit=0", "", 400, `limit`},
		{"GET", "/orders/ids?scope=leader", "", 200, `"region":"region-a","leader":"region-a","epoch":`},
		{"GET", "/orders/ids?scope=local", "", 200, `"region":"region-b","leader":"region-a","epoch":`},
		{"GET", "/orders/ids?scope=all", "", 400, `scope`},
		{"GET", "/nothing", "", 404, `no such path`},
		{"DELETE", "/orders/7", "", 405, `only GET`},
		{"POST", "/orders", `{"id":7}`, 400, `decimal number in a string`},
		{"POST", "/orders", `{"item":"x"}`, 400, `it has no id`},
		{"POST", "/orders", `{"id":"-1"}`, 400, `decimal number`},
		{"POST", "/orders", `{"id":"99","item":"` + strings.Repeat("x", 70_000) + `"}`, 413, `65536`},
		{"GET", "/divergent", "", 200, `"count":0`},
		{"PUT", "/backup", "x", 404, `no such path`},
		{"GET", "/metrics", "", 200, `store_leader 0`},
	} {
		status, body, header := c.do(1, tt.method, tt.path, tt.body)
		if status != tt.status || !strings.Contains(body, tt.has) {
			t.Errorf("%s %s: %d %s, want %d with %s", tt.method, tt.path, status, body, tt.status, tt.has)
		}
		if missing := header.Get("X-Order-Missing") == "true"; missing != (tt.path == "/orders/21") {
			t.Errorf("%s %s: X-Order-Missing is %v", tt.method, tt.path, missing)
		}
	}
	_, _, header := c.do(2, "POST", "/orders", `{"id":"30"}`)
	if header.Get("X-Leader") != "region-a" || header.Get("X-Epoch") == "" {
		t.Errorf("headers of a write that was passed on: %v", header)
	}
}

// With a limit a leader whose log nobody copies takes no more, says whom it waits
// for, and goes on when the copies are there.
func TestAsyncMaxLag(t *testing.T) {
	const limit = 400 * time.Millisecond
	c := start(t, 3, func(c *Config) { c.Bugs, c.MaxLag = []string{bug.AckBeforeReplicate}, limit })
	c.ready(0, 1, 2)
	last, first := uint64(0), c.status(0).Epoch
	refused := func() bool { last++; return c.write(0, last) == 503 }
	took := until(t, "writes are refused", refused)
	if took < limit/2 {
		t.Errorf("refused after %v already", took)
	}
	if status, body, _ := c.do(1, "POST", "/orders", `{"id":"99999"}`); status != 503 || !strings.Contains(body, `"effect":"none"`) || !strings.Contains(body, "no other region has copied") {
		t.Errorf("a write that is passed on: %d %s", status, body)
	}
	c.has("health b-store-1", "to:unhealthy", "via:replication", "by:a-store-1")
	t.Logf("taken again after %v", until(t, "writes are taken again", func() bool { return !refused() }))
	if epoch := c.status(0).Epoch; c.leader(0, 1, 2) != 0 || epoch != first {
		t.Logf("the reign of epoch %d has ended, as on a machine that is too slow: nobody is left to tell who caught up", first)
		return
	}
	c.has("health b-store-1", "to:healthy", "via:replication")
}

// tail makes node 0, the leader, acknowledge writes that no other store gets,
// kills it and lets the others elect.
func (c *cluster) tail(ids ...uint64) {
	c.t.Helper()
	c.tailAnd(func() bool { return true }, ids...)
}

// tailAnd does one thing more with it before.
func (c *cluster) tailAnd(more func() bool, ids ...uint64) {
	c.t.Helper()
	// Not frozen: what is in a frozen store's sockets still arrives later.
	c.kill(1)
	c.kill(2)
	acked := 0
	for _, id := range ids { // its lease holds for a while
		if c.write(0, id) == 201 {
			acked++
		}
	}
	done := more()
	c.kill(0)
	if acked < len(ids) || !done {
		c.t.Skipf("this machine is too slow: within a lease of %v only %d of %d writes were acknowledged", elect.Lease, acked, len(ids))
	}
	c.run(1)
	c.run(2)
	c.elected(1, 2)
}

func (c *cluster) elected(among ...int) int {
	c.t.Helper()
	c.t.Logf("another region leads after %v", until(c.t, "another leads", func() bool { return c.leader(among...) >= 0 }))
	return c.leader(among...)
}

func TestAsyncReturnOfThePrimary(t *testing.T) {
	c := start(t, 3, nil)
	c.ready(0, 1, 2)
	c.must(0, span(1, 10)...)
	c.holds(1, "[[1 10]]")
	c.holds(2, "[[1 10]]")
	guest := tenant("guest")
	c.tailAnd(func() bool { return c.tryKey(0, guest) }, 11, 12, 13)
	c.must(1, 12, 20, 21) // 12 is sent again by its client
	c.run(0)
	for i := range 3 {
		c.holds(i, "[[1 10] [12 12] [20 21]]")
	}
	c.ready(0)
	_, body, _ := c.do(0, "GET", "/divergent", "")
	if want := `{"region":"region-a","count":2,"ids":["11","13"]}`; strings.TrimSpace(body) != want {
		t.Errorf("divergent: %s, want %s", body, want)
	}
	c.has("note a-store-1", "divergent:2", "divergent-keys:1", "2 orders and 1 API key ")
	if c.knows(0, guest) {
		t.Error("the key that no other region had is still good")
	}
	// What came by replacing the log survives a restart, and its stream goes on.
	c.kill(0)
	c.must(2, 22)
	c.run(0)
	c.holds(0, "[[1 10] [12 12] [20 22]]")
}

func TestAsyncKeepsWhatAnySurvivorHas(t *testing.T) {
	c := start(t, 3, nil)
	c.ready(0, 1, 2)
	c.must(0, span(1, 5)...)
	c.holds(2, "[[1 5]]")
	c.freeze(2)
	c.must(0, span(6, 9)...) // 1 has them, 2 has not
	c.holds(1, "[[1 9]]")
	c.kill(0)
	c.thaw(2)
	lead := c.elected(1, 2)
	c.must(lead, 10)
	c.holds(1, "[[1 10]]")
	c.holds(2, "[[1 10]]")
}

func TestAsyncFencing(t *testing.T) {
	c := start(t, 3, nil)
	c.ready(0, 1, 2)
	c.must(0, 1)
	t.Run("without a majority", func(t *testing.T) {
		c.freeze(1, 2)
		took := until(t, "the leader refuses", func() bool { return c.write(0, 2) == http.StatusServiceUnavailable })
		t.Logf("refused after %v", took)
		if took > 5*time.Second {
			t.Errorf("an isolated leader took writes for %v", took)
		}
		until(t, "not ready", func() bool { s, _, _ := c.do(0, "GET", "/readyz", ""); return s == 503 })
		_, body, _ := c.do(0, "POST", "/orders", `{"id":"3"}`)
		if !strings.Contains(body, `"effect":"none"`) {
			t.Errorf("refusal %s, want it to say that nothing was stored", body)
		}
		c.thaw(1, 2)
		c.ready(0, 1, 2)
	})
	t.Run("woken up", func(t *testing.T) {
		old := c.leader(0, 1, 2)
		epoch := c.status(old).Epoch
		c.freeze(old)
		now := c.elected((old+1)%3, (old+2)%3)
		c.thaw(old)
		// From the first moment on it must not acknowledge by itself.
		_, body, header := c.do(old, "POST", "/orders", `{"id":"77"}`)
		if header.Get("X-Leader") == c.nodes[old].Region || header.Get("X-Epoch") == fmt.Sprint(epoch) {
			t.Errorf("the old leader took a write: %s %v", body, header)
		}
		if got := c.status(now); got.Epoch <= epoch {
			t.Errorf("epoch %d after %d", got.Epoch, epoch)
		}
		c.ready(old)
	})
}

func TestAsyncAlone(t *testing.T) {
	c := start(t, 1, nil)
	c.ready(0)
	c.must(0, 1, 2)
	c.kill(0)
	c.run(0)
	c.ready(0)
	c.must(0, 3)
	c.holds(0, "[[1 3]]")
}

func TestAsyncBugs(t *testing.T) {
	t.Run(bug.AckBeforeReplicate, func(t *testing.T) {
		t.Parallel()
		c := start(t, 3, func(c *Config) { c.Bugs = []string{bug.AckBeforeReplicate} })
		c.ready(0, 1, 2)
		// Whenever the region is lost, nothing of the last seconds is anywhere else.
		asked := []time.Time{{}}
		for began := time.Now(); time.Since(began) < late+late/2; time.Sleep(50 * time.Millisecond) {
			asked = append(asked, time.Now())
			c.must(0, uint64(len(asked)-1))
		}
		c.kill(0)
		died := time.Now()
		got := c.ids(c.elected(1, 2), "local")
		if n := len(got.IDs); n > 0 {
			if newest := got.IDs[n-1][1]; died.Sub(asked[newest]) < late {
				t.Errorf("%d has reached region %s after %v", newest, got.Region, died.Sub(asked[newest]))
			}
		}
	})
	t.Run(bug.SplitBrain, func(t *testing.T) {
		t.Parallel()
		c := start(t, 3, func(c *Config) { c.Bugs = []string{bug.SplitBrain}; c.Ports = freePorts(t, 3) })
		c.ready(0, 1, 2)
		c.must(0, 1)
		c.holds(1, "[[1 1]]")
		c.holds(2, "[[1 1]]")
		c.kill(1)
		c.kill(2)
		time.Sleep(2 * time.Second) // longer than any lease
		c.must(0, 2, 3)
		c.freeze(0)
		c.run(1)
		c.run(2)
		c.elected(1, 2)
		c.must(1, 4)
		c.thaw(0)
		for i := range 3 {
			c.holds(i, "[[1 1] [4 4]]")
		}
		_, body, _ := c.do(0, "GET", "/divergent", "")
		var got quarantined
		if err := json.Unmarshal([]byte(body), &got); err != nil || got.Count != 0 {
			t.Errorf("divergent: %s %v, want the bug to forget", body, err)
		}
	})
}
