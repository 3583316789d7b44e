//go:build unix

package store

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/store/order"
)

func tenant(name string) order.Tenant {
	return order.Tenant{Name: name, Key: order.KeySum("key of " + name), Rate: 50, Burst: 10}
}

func (c *cluster) addKey(i int, t order.Tenant) {
	c.t.Helper()
	until(c.t, "the key of "+t.Name+" is added", func() bool { return c.tryKey(i, t) })
}

func (c *cluster) tryKey(i int, t order.Tenant) bool {
	c.t.Helper()
	body, err := json.Marshal(t)
	if err != nil {
		c.t.Fatal(err)
	}
	status, _, _ := c.do(i, "POST", "/keys", string(body))
	return status == http.StatusCreated
}

// knows says whether the copy of node i has a tenant's key.
func (c *cluster) knows(i int, want order.Tenant) bool {
	status, body, header := c.do(i, "GET", "/keys/"+want.Key, "")
	var got order.Tenant
	_ = json.Unmarshal([]byte(body), &got) // a store that does not answer has the zero tenant
	if status == 404 && header.Get("X-Order-Missing") == "" {
		c.t.Errorf("node %d has no keys at all: %s", i, body)
	}
	return status == 200 && got == want
}

// Keys go wherever the orders go, by each way to replicate, outlive the loss of the
// region that took them, and are no orders.
func TestKeysAreReplicated(t *testing.T) {
	for _, way := range []string{Async, Sync, Backup, ByEvents} {
		t.Run(way, func(t *testing.T) {
			shop, guest := tenant("shop"), tenant("guest")
			c := start(t, 3, func(c *Config) {
				c.Replication, c.BackupEvery, c.Tenants = way, 200*time.Millisecond, []order.Tenant{shop}
			})
			c.ready(0, 1, 2)
			for i := range 3 {
				if !c.knows(i, shop) {
					t.Errorf("node %d is ready without its keys", i)
				}
			}
			c.must(0, 1, 2, 3)
			c.addKey(1, guest) // passed on to the leader
			c.addKey(0, guest) // once is enough
			for i := range 3 {
				until(t, "every region knows the guest", func() bool { return c.knows(i, guest) })
				c.holds(i, "[[1 3]]")
			}
			if status, body, _ := c.do(0, "GET", "/orders/"+guest.Entry().ID.String(), ""); status != 404 || strings.Contains(body, "guest") {
				t.Errorf("a key is told as an order: %d %s", status, body)
			}
			c.kill(0)
			until(t, "another leads", func() bool { return c.leader(1, 2) > 0 })
			for i := range 2 {
				if !c.knows(i+1, shop) || !c.knows(i+1, guest) {
					t.Errorf("node %d forgot a key", i+1)
				}
			}
		})
	}
}

// With the bug only the store that was given a key has it.
func TestKeysNotReplicated(t *testing.T) {
	c := start(t, 3, func(c *Config) { c.Bugs = []string{bug.KeysNotReplicated} })
	c.ready(0, 1, 2)
	shop := tenant("shop")
	c.addKey(0, shop)
	c.must(0, 1)
	c.holds(1, "[[1 1]]")
	if !c.knows(0, shop) || c.knows(1, shop) {
		t.Errorf("known here %t, elsewhere %t", c.knows(0, shop), c.knows(1, shop))
	}
}

func TestKeysAreChecked(t *testing.T) {
	c := start(t, 1, nil)
	c.ready(0)
	for _, body := range []string{"", "{}", `{"name":"x","key":"123","rate":1,"burst":1}`, `{"name":"x","key":"` + order.KeySum("") + `","rate":0,"burst":1}`} {
		if status, _, _ := c.do(0, "POST", "/keys", body); status != 400 {
			t.Errorf("%s: %d", body, status)
		}
	}
	// An order that says it is a key is an order.
	text := `{"id":"7","item":"x","tenant":{"name":"thief","key":"` + order.KeySum("stolen") + `","rate":1,"burst":1}}`
	if status, _, _ := c.do(0, "POST", "/orders", text); status != 201 {
		t.Errorf("the order is answered %d", status)
	}
	if status, _, _ := c.do(0, "GET", "/keys/"+order.KeySum("stolen"), ""); status != 404 {
		t.Errorf("somebody got a key by an order: %d", status)
	}
	c.holds(0, "[[7 7]]")
}
