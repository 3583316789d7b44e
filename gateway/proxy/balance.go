package proxy

import (
	"hash/fnv"
	"io"
)

// A balancer chooses one of several healthy upstreams of a tier; there is at
// least one. The pool calls it under its lock.
type balancer interface {
	choose(from []*upstream, key string) *upstream
}

func newBalancer(name string) balancer {
	switch name {
	case LeastConnections:
		return leastConnections{}
	case IPHash:
		return ipHash{}
	case Weighted:
		return smooth{weigh: func(u *upstream) int { return max(1, u.Weight) }}
	default:
		return smooth{weigh: func(*upstream) int { return 1 }}
	}
}

// smooth is nginx's smooth weighted round robin: everyone earns its weight,
// the richest serves and pays what all have earned. A heavy upstream so gets
// its share spread out, never in a burst.
type smooth struct{ weigh func(*upstream) int }

func (s smooth) choose(from []*upstream, _ string) *upstream {
	best, total := from[0], 0
	for _, u := range from {
		u.credit += s.weigh(u)
		total += s.weigh(u)
		if u.credit > best.credit {
			best = u
		}
	}
	best.credit -= total
	return best
}

// leastConnections takes the upstream with the fewest requests in flight, and
// of several the one that has waited longest.
type leastConnections struct{}

func (leastConnections) choose(from []*upstream, _ string) *upstream {
	best := from[0]
	for _, u := range from[1:] {
		if u.inflight < best.inflight || u.inflight == best.inflight && u.used < best.used {
			best = u
		}
	}
	return best
}

// ipHash is rendezvous hashing: each client goes to the upstream with the
// highest score for it. When one leaves, only its own clients move.
type ipHash struct{}

func (ipHash) choose(from []*upstream, key string) *upstream {
	best, high := from[0], uint64(0)
	for _, u := range from {
		if s := score(key, u.Name); s >= high {
			best, high = u, s
		}
	}
	return best
}

// score is the same in every gateway. FNV alone is poor in its high bits, which
// decide here, so splitmix64's finalizer follows.
func score(key, name string) uint64 {
	h := fnv.New64a()
	_, _ = io.WriteString(h, key+"\x00"+name) // a hash takes everything
	x := h.Sum64()
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
