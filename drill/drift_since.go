package drill

import (
	"cmp"
	"fmt"
	"slices"
)

// since holds each instance against itself in the last drill.
func (d *drifting) since(now, was Configuration) {
	sealed := now.Salt == was.Salt
	hashes := 0
	all := changes{}
	for _, p := range now.Parts {
		old, ok := was.part(p.Instance)
		if !ok {
			all.put(changeOf(p.Role, "instance", driftAbsent, "there"), p)
			continue
		}
		for _, path := range pathsOf([]Configured{p, old}) {
			a, had := old.setting(path)
			b, has := p.setting(path)
			switch {
			case a.Unread+b.Unread != "":
				d.blind(p, path, cmp.Or(b.Unread, a.Unread))
			case had && has && (a.Secret || b.Secret) && !sealed:
				hashes++
			case had != has || !a.agrees(b):
				all.put(changeOf(p.Role, path, shownOf(a, had), shownOf(b, has)), p)
			}
		}
	}
	for _, old := range was.Parts {
		if _, ok := now.part(old.Instance); !ok {
			all.put(changeOf(old.Role, "instance", "there", driftAbsent), old)
		}
	}
	for _, f := range all {
		d.add(*f)
	}
	d.Compared = append(d.Compared, "the configuration of the last drill, "+d.LastRun)
	if hashes > 0 {
		d.NotCompared = append(d.NotCompared, fmt.Sprintf("%d hashed values of the last drill: they were made with the salt of another state directory", hashes))
	}
}

func (c Configuration) part(instance string) (Configured, bool) {
	i := slices.IndexFunc(c.Parts, func(p Configured) bool { return p.Instance == instance })
	if i < 0 {
		return Configured{}, false
	}
	return c.Parts[i], true
}

func (p Configured) name() string { return cmp.Or(p.Instance, wholeSystemName) }

func shownOf(s Setting, has bool) string {
	switch {
	case !has:
		return driftAbsent
	case s.Secret:
		return secretDiffers
	}
	return s.Value
}

// changes are findings of the last drill: the same change of several instances
// is one.
type changes []*DriftFinding

func changeOf(role, path, was, now string) DriftFinding {
	return DriftFinding{Against: AgainstLastRun, Role: role, Setting: path, Values: []DriftValue{{Value: was}, {Value: now}}}
}

func (c *changes) put(f DriftFinding, p Configured) {
	i := slices.IndexFunc(*c, func(x *DriftFinding) bool {
		return x.Role == f.Role && x.Setting == f.Setting && x.Values[0].Value == f.Values[0].Value && x.Values[1].Value == f.Values[1].Value
	})
	if i < 0 {
		i = len(*c)
		*c = append(*c, &f)
	}
	for v := range (*c)[i].Values {
		x := &(*c)[i].Values[v]
		x.Instances = append(x.Instances, p.name())
		if p.Region != "" && !slices.Contains(x.Regions, p.Region) {
			x.Regions = append(x.Regions, p.Region)
		}
	}
}
