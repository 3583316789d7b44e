package proxy

import (
	"fmt"
	"testing"
)

func some(names ...string) []*upstream {
	var us []*upstream
	for _, n := range names {
		us = append(us, &upstream{Upstream: Upstream{Name: n}, active: true})
	}
	return us
}

func TestRoundRobinSpreadsEvenly(t *testing.T) {
	us, count := some("a", "b", "c"), map[string]int{}
	b := newBalancer(RoundRobin)
	us[0].Weight = 100 // of no effect here
	for range 300 {
		count[b.choose(us, "").Name]++
	}
	for _, u := range us {
		if count[u.Name] != 100 {
			t.Errorf("%s was chosen %d times of 300", u.Name, count[u.Name])
		}
	}
}

// The sequence is the one in nginx's own description of the algorithm.
func TestWeightedIsSmooth(t *testing.T) {
	us, b, got := some("a", "b", "c"), newBalancer(Weighted), ""
	us[0].Weight, us[1].Weight = 5, 1 // c: none means 1
	for range 14 {
		got += b.choose(us, "").Name
	}
	if want := "aabacaaaabacaa"; got != want {
		t.Errorf("chosen %s, want %s", got, want)
	}
}

// One that was away must not come back to a burst of requests.
func TestRoundRobinAfterAbsence(t *testing.T) {
	us, b, count := some("a", "b", "c"), newBalancer(RoundRobin), map[string]int{}
	for range 1000 {
		b.choose(us[:2], "")
	}
	for range 30 {
		count[b.choose(us, "").Name]++
	}
	if count["c"] < 9 || count["c"] > 11 {
		t.Errorf("c was chosen %d times of its first 30", count["c"])
	}
}

func TestLeastConnections(t *testing.T) {
	us, b := some("a", "b", "c"), newBalancer(LeastConnections)
	us[0].inflight, us[1].inflight, us[2].inflight = 3, 1, 2
	if got := b.choose(us, "").Name; got != "b" {
		t.Errorf("chose %s, not the idlest", got)
	}
	us[1].inflight = 3
	us[2].inflight = 3
	us[0].used, us[1].used, us[2].used = 7, 6, 8
	if got := b.choose(us, "").Name; got != "b" {
		t.Errorf("chose %s, not the one that waited longest", got)
	}
}

func TestIPHashMovesOnlyTheShareOfTheOneThatLeft(t *testing.T) {
	us, b := some("us-east-api-1", "us-east-api-2", "us-east-api-3", "us-east-api-4"), newBalancer(IPHash)
	const clients = 4000
	count, before := map[string]int{}, map[string]string{}
	for i := range clients {
		key := fmt.Sprintf("10.0.%d.%d", i/256, i%256)
		before[key] = b.choose(us, key).Name
		count[before[key]]++
		if again := b.choose(us, key).Name; again != before[key] {
			t.Fatalf("%s went to %s, then to %s", key, before[key], again)
		}
	}
	for name, n := range count {
		if n < clients/4*85/100 || n > clients/4*115/100 {
			t.Errorf("%s got %d of %d clients", name, n, clients)
		}
	}
	for key, was := range before {
		now := b.choose(us[:3], key).Name
		if was != us[3].Name && now != was {
			t.Fatalf("%s moved from %s to %s though %s left", key, was, now, us[3].Name)
		}
	}
}
