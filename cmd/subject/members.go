package subject

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/cmd/build"
	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/compose"
	"github.com/drillctl/drillctl/runtimes/docker"
)

// A Member is one instance and how it is configured; without a name, what all
// have in common.
type Member struct {
	Name     string
	Identity drill.Identity
	Settings []runtimes.Setting
	Digests  []string // by which registries know its image
}

// A Described system tells how its instances are configured, without touching
// them.
type Described interface {
	Members(ctx context.Context) ([]Member, error)
}

// Members implements described: the configurations that the nodes are given.
func (b Bundled) Members(ctx context.Context) ([]Member, error) {
	nodes, err := b.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	primary := ""
	for _, r := range b.Config.Regions {
		if r.Role == gateway.Primary {
			primary = r.Name
		}
	}
	var out []Member
	for _, n := range nodes {
		if n.Role == gateway.RoleClient {
			continue
		}
		settings, err := gateway.Settings(n)
		if err != nil {
			return nil, err
		}
		t := build.Tool()
		settings = append(settings, runtimes.Setting{Path: "image", Value: strings.TrimSpace("drillctl " + t.Version + " " + t.Commit), Software: true})
		out = append(out, Member{Name: n.Name, Identity: identityOf(n, primary), Settings: settings})
	}
	return out, nil
}

// Members implements described: the containers as the engine knows them now.
func (a attached) Members(ctx context.Context) (out []Member, err error) {
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
		digests, err := e.RepoDigests(ctx, f.ImageID)
		if err != nil {
			return nil, err
		}
		n := nodeOf(a.members, f)
		composed = append(composed, f.ComposeFiles()...)
		out = append(out, Member{Name: n.Name, Identity: identityOf(n, a.primary(), f.Service, f.ID[:min(12, len(f.ID))]), Settings: settings, Digests: digests})
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
func (a composed) Members(ctx context.Context) ([]Member, error) {
	nodes, err := a.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	images, err := a.images(ctx)
	if err != nil {
		return nil, err
	}
	var out []Member
	for _, n := range nodes {
		i := slices.IndexFunc(a.app.Services, func(s compose.Service) bool { return s.Name == n.Labels[compose.LabelService] })
		if i < 0 {
			continue // of another profile
		}
		s := a.app.Services[i]
		settings := append(slices.Clone(s.Settings), runtimes.Setting{Path: "image.id", Value: images[s.Name].id, Software: true})
		for _, at := range slices.Sorted(maps.Keys(s.Mounted)) {
			if st, err := os.Stat(s.Mounted[at]); err == nil && st.Mode().IsRegular() {
				settings = append(settings, FileSetting("file "+at, s.Mounted[at]))
			}
		}
		out = append(out, Member{Name: n.Name, Identity: identityOf(n, a.primary(), s.Name), Settings: settings, Digests: images[s.Name].digests})
	}
	return append(out, composeFiles(a.app.Files)), nil
}

// composeFiles is the content of Compose files, of no single instance. What is not on
// this machine was made on another.
func composeFiles(files []string) Member {
	var m Member
	files = slices.Sorted(slices.Values(files))
	for _, f := range slices.Compact(files) {
		if _, err := os.Stat(f); err == nil {
			m.Settings = append(m.Settings, FileSetting("compose file "+f, f))
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

// maxConfigFile is the largest file that counts as configuration.
const maxConfigFile = 4 << 20

// FileSetting is the content of a file on this machine.
func FileSetting(path, file string) runtimes.Setting {
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
