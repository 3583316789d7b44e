package cmd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/cmd/build"
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
		t := build.Tool()
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
	digests, err := a.digests(ctx)
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
		settings := append(slices.Clone(s.Settings), runtimes.Setting{Path: "image.digest", Value: digests[s.Name], Software: true})
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
