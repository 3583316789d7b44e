package cmd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/compose"
	"github.com/drillctl/drillctl/runtimes/docker"
)

// A member is one instance and how it is configured; without a name, what all
// have in common.
type member struct {
	name     string
	identity drill.Identity
	settings []runtimes.Setting
}

// A described system tells how its instances are configured, without touching
// them.
type described interface {
	Members(ctx context.Context) ([]member, error)
}

// Members implements described: the configurations that the nodes are given.
func (b bundled) Members(ctx context.Context) ([]member, error) {
	nodes, err := b.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	primary := ""
	for _, r := range b.config.Regions {
		if r.Role == gateway.Primary {
			primary = r.Name
		}
	}
	var out []member
	for _, n := range nodes {
		if n.Role == gateway.RoleClient {
			continue
		}
		settings, err := gateway.Settings(n)
		if err != nil {
			return nil, err
		}
		t := tool()
		settings = append(settings, runtimes.Setting{Path: "image", Value: strings.TrimSpace("drillctl " + t.Version + " " + t.Commit), Software: true})
		out = append(out, member{name: n.Name, identity: identityOf(n, primary), settings: settings})
	}
	return out, nil
}

// Members implements described: the containers as the engine knows them now.
func (a attached) Members(ctx context.Context) (out []member, err error) {
	e, err := docker.Connect(ctx, engineWhere(a.env, false))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", runner.ErrCannotRun, err)
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	found, err := e.Find(ctx, a.filter)
	if err != nil {
		return nil, err
	}
	var composed []string
	for _, f := range found {
		settings, err := e.Settings(ctx, f.ID, a.inside)
		if err != nil {
			return nil, err
		}
		n := nodeOf(a.members, f)
		composed = append(composed, f.ComposeFiles()...)
		out = append(out, member{name: n.Name, identity: identityOf(n, a.primary(), f.Service, f.ID[:min(12, len(f.ID))]), settings: settings})
	}
	return append(out, composeFiles(composed)), nil
}

// primary is the region that serves first.
func (a attached) primary() string {
	if len(a.members.Regions) == 0 {
		return ""
	}
	return a.members.Regions[0].Name
}

// Members implements described: what its files make of an application, whether it
// is up or not, so that both are held against the same.
func (a composed) Members(ctx context.Context) ([]member, error) {
	nodes, err := a.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	var out []member
	for _, n := range nodes {
		i := slices.IndexFunc(a.app.Services, func(s compose.Service) bool { return s.Name == n.Labels[compose.LabelService] })
		if i < 0 {
			continue // of another profile
		}
		s := a.app.Services[i]
		settings := slices.Clone(s.Settings)
		for _, at := range slices.Sorted(maps.Keys(s.Mounted)) {
			if st, err := os.Stat(s.Mounted[at]); err == nil && st.Mode().IsRegular() {
				settings = append(settings, fileSetting("file "+at, s.Mounted[at]))
			}
		}
		out = append(out, member{name: n.Name, identity: identityOf(n, a.primary(), s.Name), settings: settings})
	}
	return append(out, composeFiles(a.app.Files)), nil
}

// composeFiles is the content of Compose files, of no single instance. What is not on
// this machine was made on another.
func composeFiles(files []string) member {
	var m member
	files = slices.Sorted(slices.Values(files))
	for _, f := range slices.Compact(files) {
		if _, err := os.Stat(f); err == nil {
			m.settings = append(m.settings, fileSetting("compose file "+f, f))
		}
	}
	return m
}

func identityOf(n runtimes.Node, primary string, names ...string) drill.Identity {
	id := drill.Identity{Names: append([]string{n.Name}, names...), Region: n.Region, Role: n.Role, Primary: n.Region == primary}
	for _, a := range n.Addrs {
		id.Addrs = append(id.Addrs, a.String())
	}
	return id
}

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
		s.Unread = bareReason(err).Error()
	case !st.Mode().IsRegular():
		s.Unread = "it is no file"
	case st.Size() > maxConfigFile:
		s.Unread = fmt.Sprintf("it is larger than %d bytes", maxConfigFile)
	default:
		text, err := os.ReadFile(file)
		if err != nil {
			s.Unread = bareReason(err).Error()
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
