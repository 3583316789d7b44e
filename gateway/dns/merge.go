package dns

// A View is what one traffic manager sees: the gateways by name, and whether
// its own checks find them healthy. A gateway it has no opinion of is missing.
type View struct {
	Name     string          `json:"name"`
	Region   string          `json:"region"`
	Settled  bool            `json:"settled"` // it has begun to answer
	Gateways map[string]bool `json:"gateways"`
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
		c := Candidate{Name: r.Name}
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
