// Package source finds and reads the scenarios that a command was given.
package source

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/scenarios"
)

// An Drill is one scenario that was asked for, read and valid.
type Drill struct {
	Name     string // as it was found: a path, or a name of the library
	Scenario *scenarios.Scenario
	Source   []byte
}

// Ref says which scenario it is, by content.
func (a Drill) Ref() drill.ScenarioRef {
	return drill.ScenarioRef{Name: a.Scenario.Name, Path: a.Name, SHA256: rundir.Sum(a.Source), Labels: a.Scenario.Labels}
}

// Gather reads the scenarios that names mean, directories taken apart, and keeps
// those with one of the labels. All mistakes of all of them are shown before the
// first drill could start.
func Gather(env terminal.Env, names, labels []string) ([]Drill, error) {
	if len(names) == 0 {
		for _, l := range scenarios.List() {
			names = append(names, l.Name)
		}
	}
	names, err := spread(names)
	if err != nil {
		return nil, err
	}
	var all []Drill
	var errs []error
	for _, name := range names {
		sc, src, err := Load(env, name)
		switch {
		case err != nil:
			errs = append(errs, err)
		case len(labels) == 0 || slices.ContainsFunc(labels, func(l string) bool { return slices.Contains(sc.Labels, l) }):
			all = append(all, Drill{Name: name, Scenario: sc, Source: src})
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if len(all) == 0 {
		return nil, exit.Usagef("'drillctl list' shows the labels of the drills that come with drillctl", "no scenario of %d has a label %s: nothing was drilled", len(names), quoted(labels))
	}
	return all, nil
}

// spread replaces each directory by the scenarios in it, in order of name; those
// in directories below it are not meant.
func spread(names []string) ([]string, error) {
	var out []string
	for _, name := range names {
		if st, err := os.Stat(name); err != nil || !st.IsDir() || isListed(name) {
			out = append(out, name)
			continue
		}
		found, err := inDirectory(name)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// isListed says that a name is one of the library, even when a directory is
// called the same.
func isListed(name string) bool {
	return slices.ContainsFunc(scenarios.List(), func(l scenarios.Listing) bool { return l.Name == name })
}

func inDirectory(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read the scenarios: %w", err)
	}
	var out []string
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); !e.IsDir() && (ext == ".yaml" || ext == ".yml") {
			out = append(out, filepath.Join(dir, e.Name()))
		}
	}
	if len(out) == 0 {
		return nil, exit.Usagef("scenarios end in .yaml or .yml", "there is no scenario in %s", dir)
	}
	return out, nil
}

func quoted(words []string) string {
	out := ""
	for i, w := range words {
		if i > 0 {
			out += " or "
		}
		out += fmt.Sprintf("%q", w)
	}
	return out
}

// NewSeed is small enough to survive readers of JSON that keep numbers as
// floats.
func NewSeed() uint64 { return rand.Uint64() >> 11 }
