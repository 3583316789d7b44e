// Package compose reads Compose applications of the user's own and starts them
// through the compose command of this machine.
//
// It parses with the library of the Compose specification, so that what is
// planned from a file is what the command makes of it. Taking an application down is the
// engine's part (package docker): that needs neither the files nor their
// environment, and so also works for a run that died.
package compose

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/drillctl/drillctl/runtimes"
)

// Name is what a runtimes.Ref of a started application has as its Runtime.
const Name = "compose"

// A Source says where an application is written down.
type Source struct {
	Dir      string   // from which the files are seen
	Files    []string // at least one; later ones override earlier ones
	Project  string   // "" leaves it to the files and their directory
	Profiles []string
	Environ  []string // "NAME=value", for ${NAME} in the files
}

// An App is a Compose application as written down.
type App struct {
	Project  string
	Files    []string // absolute
	Profiles []string
	Services []Service // by name
}

// A Service is one service of an application.
type Service struct {
	Name      string
	Image     string // "" is one that is built, under a name of the compose command's
	Container string // the name of its only container, "" for the usual ones
	Scale     int
	Labels    map[string]string // of its containers
	Networks  []string
	// Settings are how its containers will be configured, and Mounted what they see
	// of this machine, by where they see it.
	Settings []runtimes.Setting
	Mounted  map[string]string
}

// Load reads an application. Errors are those of the Compose specification, with
// the file; nothing is touched.
func Load(ctx context.Context, s Source) (App, error) {
	a := App{Profiles: s.Profiles}
	for _, f := range s.Files {
		if !filepath.IsAbs(f) {
			f = filepath.Join(s.Dir, f)
		}
		f, err := filepath.Abs(f)
		if err != nil {
			return a, fmt.Errorf("compose file %s: %w", f, err)
		}
		if _, err := os.Stat(f); err != nil {
			return a, fmt.Errorf("compose file: %w", err)
		}
		a.Files = append(a.Files, f)
	}
	opts := []cli.ProjectOptionsFn{cli.WithEnv(s.Environ), cli.WithDotEnv, cli.WithProfiles(s.Profiles)}
	if s.Project != "" {
		opts = append(opts, cli.WithName(s.Project))
	}
	o, err := cli.NewProjectOptions(a.Files, opts...)
	if err != nil {
		return a, fmt.Errorf("compose file %s: %w", a.Files[0], err)
	}
	p, err := o.LoadProject(ctx)
	if err != nil {
		return a, fmt.Errorf("compose file %s: %w", a.Files[0], err)
	}
	a.Project = p.Name
	for _, name := range slices.Sorted(maps.Keys(p.Services)) {
		a.Services = append(a.Services, service(p.Services[name]))
	}
	if len(a.Services) == 0 {
		return a, fmt.Errorf("compose file %s: it has no services", a.Files[0])
	}
	return a, nil
}

func service(s types.ServiceConfig) Service {
	return Service{
		Name: s.Name, Image: s.Image, Container: s.ContainerName, Scale: s.GetScale(), Labels: maps.Clone(map[string]string(s.Labels)),
		Networks: slices.Sorted(maps.Keys(s.Networks)), Settings: settingsOf(s), Mounted: mounted(s),
	}
}

// A Container is one that an application will have.
type Container struct {
	Name, Service string
	Labels        map[string]string
}

// The labels by which Compose says what a container is.
const (
	LabelProject = "com.docker.compose.project"
	LabelService = "com.docker.compose.service"
)

// Containers are those that the application will have, as t will name them.
func (a App) Containers(t Tool) []Container {
	var all []Container
	for _, s := range a.Services {
		for i := range s.Scale {
			c := Container{Name: s.Container, Service: s.Name, Labels: maps.Clone(s.Labels)}
			if c.Name == "" {
				c.Name = fmt.Sprintf("%s%s%s%s%d", a.Project, t.Separator, s.Name, t.Separator, i+1)
			}
			if c.Labels == nil {
				c.Labels = map[string]string{}
			}
			c.Labels[LabelProject], c.Labels[LabelService] = a.Project, s.Name
			all = append(all, c)
		}
	}
	return all
}
