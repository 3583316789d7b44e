package drill

import (
	"cmp"
	"slices"
)

// setting holds one setting of all instances of a role against each other. All
// must be equal as they are, or all without what says where they are: half of
// each would hide that one names a region that the others do not.
func (d *drifting) setting(role, path string, parts []Configured) {
	plain, masked := groups{}, groups{}
	for _, p := range parts {
		s, ok := p.setting(path)
		if s.Unread != "" {
			d.blind(p, path, s.Unread)
			continue
		}
		plain.put(s.Value, ok, s, p)
		masked.put(s.masked(), ok, s, p)
	}
	if len(plain) < 2 || len(masked) < 2 {
		return
	}
	d.add(DriftFinding{Against: AgainstRegions, Role: role, Setting: path, Values: masked.values()})
}

// groups are values with those who have them, in the order of their names.
type groups []*group

type group struct {
	key    string
	has    bool
	secret bool
	shown  string
	DriftValue
}

func (g *groups) put(key string, has bool, s Setting, p Configured) {
	i := slices.IndexFunc(*g, func(x *group) bool { return x.key == key && x.has == has })
	if i < 0 {
		i = len(*g)
		*g = append(*g, &group{key: key, has: has, secret: s.Secret, shown: s.Value})
	}
	x := (*g)[i]
	if x.shown != s.Value {
		x.shown = key // what they have in common
	}
	x.Instances = append(x.Instances, p.Instance)
	if !slices.Contains(x.Regions, p.Region) {
		x.Regions = append(x.Regions, p.Region)
	}
}

func (g groups) values() []DriftValue {
	slices.SortStableFunc(g, func(a, b *group) int { return cmp.Compare(len(b.Instances), len(a.Instances)) })
	var out []DriftValue
	secrets := 0
	for _, x := range g {
		switch {
		case !x.has:
			x.Value = driftAbsent
		case x.secret && secrets > 0:
			x.Value = secretOther
		case x.secret:
			x.Value = secretDiffers
			secrets++
		default:
			x.Value = x.shown
		}
		out = append(out, x.DriftValue)
	}
	return out
}
