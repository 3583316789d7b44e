package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/scenarios"
)

// A pair is a drill and a bug that it must find; without one, it must pass.
type pair struct{ drill, bug string }

func (p pair) want() int {
	if p.bug == "" {
		return 0
	}
	return 1
}

func library() []scenarios.Listing { return scenarios.List() }

// possible leaves out, and tells of, what the runtime asked for cannot do.
func (o options) possible(pairs []pair) []pair {
	told := map[string]bool{}
	return slices.DeleteFunc(pairs, func(p pair) bool {
		i := slices.IndexFunc(library(), func(l scenarios.Listing) bool { return l.Name == p.drill })
		if o.runtime == "" || i < 0 {
			return false
		}
		only := library()[i].Runtimes
		if len(only) == 0 || slices.Contains(only, o.runtime) {
			return false
		}
		if !told[p.drill] {
			fmt.Printf("not tried: %s needs the runtime %s\n", p.drill, strings.Join(only, " or "))
		}
		told[p.drill] = true
		return true
	})
}

// pairsOf reads from the drills themselves what they must see, so that none can
// be forgotten.
func pairsOf(drills []scenarios.Listing, only []string) ([]pair, error) {
	var out []pair
	for _, l := range drills {
		if len(only) > 0 && !slices.Contains(only, l.Name) {
			continue
		}
		out = append(out, pair{drill: l.Name})
		for _, b := range l.Proves.FailsWith {
			out = append(out, pair{l.Name, b})
		}
	}
	for _, name := range only {
		if !slices.ContainsFunc(out, func(p pair) bool { return p.drill == name }) {
			return nil, fmt.Errorf("no drill of the library is called %q; `drillctl list` names them", name)
		}
	}
	return out, nil
}
