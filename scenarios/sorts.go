package scenarios

import (
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A sort is one of the things that a step can be, told by the key of that name.
type sort struct {
	key      string
	takes    []string // keys beside it
	required []string // of those
}

// sorts lists all of them; decoder, encoder and schema read it.
var sorts = []sort{
	{key: "fault", takes: []string{"on", "from", "for"}, required: []string{"on"}},
	{key: "action"},
	{key: "confirm", takes: []string{"timeout"}},
}

// common are the keys of every step.
var common = []string{"at", "name"}

func (s sort) has(key string) bool {
	return key == s.key || slices.Contains(common, key) || slices.Contains(s.takes, key)
}

// fields are the keys that a step of this sort has, ready to be filled.
func (s sort) fields(st *Step) []field {
	var out []field
	for _, f := range fieldsOf(reflect.ValueOf(st).Elem()) {
		if s.has(f.key) {
			f.required = f.required || f.key == s.key || slices.Contains(s.required, f.key)
			out = append(out, f)
		}
	}
	return out
}

// sortOf is what a step is: of the first sort whose key is there, or a fault. The
// node is the step without the keys of other sorts, which are told here.
func (d *decoder) sortOf(n *yaml.Node, path string) (sort, *yaml.Node) {
	found, own := -1, *n
	own.Content = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		at := slices.IndexFunc(sorts, func(s sort) bool { return s.key == n.Content[i].Value })
		if at >= 0 && found >= 0 && at != found {
			d.errorf(n.Content[i], path, "make two steps of it", "%s: a step is one thing, not both %s and %s", path, sorts[found].key, sorts[at].key)
			continue
		}
		if at >= 0 {
			found = at
		}
		own.Content = append(own.Content, n.Content[i], n.Content[i+1])
	}
	return sorts[max(found, 0)], &own
}

// sort is what a decoded step is.
func (st Step) sort() sort {
	switch {
	case st.Action != nil:
		return sorts[1]
	case st.Confirm != "":
		return sorts[2]
	}
	return sorts[0]
}

// declares says that the step declares the disaster.
func (st Step) declares() bool {
	return st.Confirm != "" || st.Action != nil && st.Action.Declares
}

// Harms says that the step does damage.
func (st Step) Harms() bool { return st.sort().key == "fault" }

// argv is what an action runs.
func (a Action) argv() []string {
	if a.Shell != "" {
		return []string{"sh", "-c", a.Shell}
	}
	return a.Run
}

// text is the action in words.
func (a Action) text() string {
	what := "run " + strings.Join(a.Run, " ")
	if a.Shell != "" {
		what = "run " + strings.TrimSpace(strings.SplitN(strings.TrimSpace(a.Shell), "\n", 2)[0])
	}
	if a.In != nil {
		what += " in " + a.In.String()
	}
	return what
}
