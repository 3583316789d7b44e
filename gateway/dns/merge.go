package dns

import (
	"slices"
	"time"
)

// A View is what one traffic manager sees: the gateways by name, and whether
// its own checks find them healthy. A gateway it has no opinion of is missing.
type View struct {
	Name     string          `json:"name"`
	Region   string          `json:"region"`
	Settled  bool            `json:"settled"` // it has begun to answer
	Gateways map[string]bool `json:"gateways"`
	// Latency is how long the gateways take to answer its checks.
	Latency map[string]time.Duration `json:"latency_ns,omitempty"`
}

// merge goes by the majority of those views that have an opinion of a gateway.
// On a tie it stays with what was believed before.
func merge(views []View, before map[string]bool, names []string) map[string]bool {
	now := make(map[string]bool, len(names))
	for _, name := range names {
		yes, no := 0, 0
		for _, v := range views {
			switch healthy, known := v.Gateways[name]; {
			case known && healthy:
				yes++
			case known:
				no++
			}
		}
		now[name] = yes > no || yes == no && before[name]
	}
	return now
}

// candidates are the regions; one is healthy while one of its gateways is.
func candidates(regions []Region, gateways map[string]bool) []Candidate {
	all := make([]Candidate, 0, len(regions))
	for _, r := range regions {
		c := Candidate{Name: r.Name, Weight: r.Weight}
		for _, g := range r.Gateways {
			c.Healthy = c.Healthy || gateways[g.Name]
		}
		all = append(all, c)
	}
	return all
}

// quorum says whether a node that hears heard of its peers may answer: it and
// they are more than half of all. Of two nodes, neither can outvote the other,
// so each may.
func quorum(heard, nodes int) bool {
	return nodes <= 2 || 2*(heard+1) > nodes
}

// seenFrom is the candidates as they look from a region: near, and as far as its
// own traffic manager measures.
func seenFrom(region string, all []Candidate, regions []Region, latency map[string]time.Duration) []Candidate {
	all = slices.Clone(all)
	for i, r := range regions {
		all[i].Near = r.Name == region
		sum, n := time.Duration(0), 0
		for _, g := range r.Gateways {
			if d, known := latency[g.Name]; known {
				sum, n = sum+d, n+1
			}
		}
		if n > 0 {
			all[i].Latency = max(1, sum/time.Duration(n))
		}
	}
	return all
}

// A timing is what the last checks of one gateway took. Its median forgives one
// that was slow for reasons of its own.
type timing struct {
	last [3]time.Duration
	n    int
}

func (t *timing) add(d time.Duration) {
	t.last[t.n%len(t.last)] = d
	t.n++
}

func (t *timing) median() time.Duration {
	some := slices.Sorted(slices.Values(t.last[:min(t.n, len(t.last))]))
	return some[len(some)/2]
}
