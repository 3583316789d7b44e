package drift

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/cmd/source"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runtimes"
)

// Configuration is a snapshot of all that a drill of a subject depends on. What is
// secret is hashed with the state directory's salt before it goes anywhere.
func Configuration(ctx context.Context, a source.Drill, on subject.Subject, root string, env drill.Environment) (drill.Configuration, error) {
	salt, err := Salt(root)
	if err != nil {
		return drill.Configuration{}, err
	}
	seal := drill.NewSeal(salt)
	c := drill.Configuration{Schema: drill.ConfigurationSchema, Salt: seal.ID()}
	whole := drill.Configured{Settings: append(a.Scenario.Settings(), hostSettings(env)...)}
	for _, f := range a.Scenario.Drift.Files {
		whole.Settings = append(whole.Settings, sealed(subject.FileSetting("file "+f, besides(a.Name, f)), seal, same))
	}
	var members []subject.Member
	if d, ok := on.(subject.Described); ok {
		if members, err = d.Members(ctx); err != nil {
			return c, err
		}
	}
	var ids []drill.Identity
	for _, m := range members {
		if m.Name != "" {
			ids = append(ids, m.Identity)
		}
	}
	mask := drill.NewMask(ids)
	for _, m := range members {
		p := drill.Configured{Instance: m.Name, Region: m.Identity.Region, Role: m.Identity.Role, RepoDigests: m.Digests}
		own := mask.For(m.Identity)
		for _, s := range m.Settings {
			p.Settings = append(p.Settings, sealed(s, seal, own))
		}
		if m.Name == "" {
			whole.Settings = append(whole.Settings, p.Settings...)
			continue
		}
		c.Parts = append(c.Parts, p)
	}
	c.Parts = append(c.Parts, whole)
	return c, nil
}

func same(s string) string { return s }

// sealed is a setting as it may be kept.
func sealed(s runtimes.Setting, seal drill.Seal, mask func(string) string) drill.Setting {
	out := drill.Setting{Path: s.Path, Kind: drill.KindSystem, Secret: s.Secret, Unread: s.Unread}
	if s.Software {
		out.Kind = drill.KindSoftware
	}
	if s.Unread != "" {
		return out
	}
	plain, masked := s.Value, mask(s.Value)
	if s.Set != nil {
		var items []string
		for _, item := range s.Set {
			items = append(items, mask(item))
		}
		slices.Sort(items)
		plain, masked = strings.Join(s.Set, ", "), strings.Join(slices.Compact(items), ", ")
	}
	if s.Secret {
		plain, masked = seal.Of(s.Path, plain), seal.Of(s.Path, masked)
	}
	if out.Value = plain; masked != plain {
		out.Masked = masked
	}
	return out
}

// hostSettings are the class of the machine; the kernel's release is none of it.
func hostSettings(env drill.Environment) []drill.Setting {
	out := []drill.Setting{{Path: "runtime", Kind: drill.KindHost, Value: env.Runtime}, {Path: "system", Kind: drill.KindHost, Value: env.System}}
	for _, k := range slices.Sorted(maps.Keys(env.Host)) {
		if k != "kernel" {
			out = append(out, drill.Setting{Path: "host." + k, Kind: drill.KindHost, Value: env.Host[k]})
		}
	}
	return out
}

// besides is a file named in a scenario, from the scenario's directory on.
func besides(scenario, file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(filepath.Dir(scenario), file)
}
