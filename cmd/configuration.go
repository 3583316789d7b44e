package cmd

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runtimes"
)

// configuration is a snapshot of all that an entry's drill depends on. What is
// secret is hashed with the state directory's salt before it goes anywhere.
func (e entry) configuration(ctx context.Context, root string, env drill.Environment) (drill.Configuration, error) {
	salt, err := saltOf(root)
	if err != nil {
		return drill.Configuration{}, err
	}
	seal := drill.NewSeal(salt)
	c := drill.Configuration{Schema: drill.ConfigurationSchema, Salt: seal.ID()}
	whole := drill.Configured{Settings: append(e.sc.Settings(), hostSettings(env)...)}
	for _, f := range e.sc.Drift.Files {
		whole.Settings = append(whole.Settings, sealed(fileSetting("file "+f, besides(e.name, f)), seal, same))
	}
	var members []member
	if d, ok := e.on.(described); ok {
		if members, err = d.Members(ctx); err != nil {
			return c, err
		}
	}
	var ids []drill.Identity
	for _, m := range members {
		if m.name != "" {
			ids = append(ids, m.identity)
		}
	}
	mask := drill.NewMask(ids)
	for _, m := range members {
		p := drill.Configured{Instance: m.name, Region: m.identity.Region, Role: m.identity.Role}
		own := mask.For(m.identity)
		for _, s := range m.settings {
			p.Settings = append(p.Settings, sealed(s, seal, own))
		}
		if m.name == "" {
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

// maxConfigFile is the largest file that counts as configuration.
const maxConfigFile = 4 << 20

// fileSetting is the content of a file on this machine.
func fileSetting(path, file string) runtimes.Setting {
	s := runtimes.Setting{Path: path, Secret: true}
	st, err := os.Stat(file)
	switch {
	case err != nil:
		s.Unread = exit.Reason(err).Error()
	case !st.Mode().IsRegular():
		s.Unread = "it is no file"
	case st.Size() > maxConfigFile:
		s.Unread = fmt.Sprintf("it is larger than %d bytes", maxConfigFile)
	default:
		text, err := os.ReadFile(file)
		if err != nil {
			s.Unread = exit.Reason(err).Error()
		}
		s.Value = string(text)
	}
	return s
}

// besides is a file named in a scenario, from the scenario's directory on.
func besides(scenario, file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(filepath.Dir(scenario), file)
}
