package scenarios

import "slices"

// Runtimes are those that can do all damage of the drill; none means all.
func (s *Scenario) Runtimes() []string {
	var out []string
	for _, st := range s.Steps {
		out = intersect(out, st.Kind.Runtimes)
	}
	return out
}

// intersect is the runtimes of both lists, of which an empty one means all.
func intersect(a, b []string) []string {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	}
	return slices.DeleteFunc(slices.Clone(a), func(name string) bool { return !slices.Contains(b, name) })
}
