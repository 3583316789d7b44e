package scenarios

import (
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"
)

// URL is anything that clients can reach. It can be written as the entry alone.
type URL struct {
	Entry    string   `yaml:"entry" doc:"where clients get in, e.g. https://api.example.com" required:"true"`
	Regions  Places   `yaml:"regions" doc:"its regions in order of preference, for damage that names one; with an entry the records are read back there, too"`
	ServedBy ServedBy `yaml:"served-by" doc:"names of the headers that tell who answered"`
	DNS      []string `yaml:"dns" doc:"DNS servers to ask, as address:port (default: those of this machine)"`
}

// Places are regions of the user's own, in order.
type Places []Place

// A Place is one region of the user's own.
type Place struct {
	Name  string `yaml:"-"`
	Entry string `yaml:"entry" doc:"where this region alone is reached"`
}

// ServedBy names the headers of answers that tell who answered.
type ServedBy struct {
	Region   string `yaml:"region" doc:"the region that answered"`
	Instance string `yaml:"instance" doc:"the gateway that answered"`
	Leader   string `yaml:"leader" doc:"the region that stored a write"`
	Epoch    string `yaml:"epoch" doc:"the reign of that writer, a number"`
}

// Regions are the names of the regions, in order of preference.
func (s System) Regions() []string {
	var names []string
	switch {
	case s.Gateway != nil:
		for _, r := range s.Gateway.Regions {
			names = append(names, r.Name)
		}
	case s.URL != nil:
		for _, r := range s.URL.Regions {
			names = append(names, r.Name)
		}
	}
	return names
}

// entryOnly says that no region can be asked directly.
func (s System) entryOnly() bool {
	return s.URL != nil && !slices.ContainsFunc(s.URL.Regions, func(p Place) bool { return p.Entry != "" })
}

// own says that the system is not the bundled one.
func (s System) own() bool { return s.Gateway == nil && s.URL != nil }

// url takes a mapping, or the entry alone.
func (d *decoder) url(n *yaml.Node, out *URL, path string) {
	if n.Kind == yaml.ScalarNode {
		d.scalar(n, reflect.ValueOf(&out.Entry).Elem(), path)
		return
	}
	d.mapping(n, reflect.ValueOf(out).Elem(), path, nil)
}

// pairs takes texts by name.
func (d *decoder) pairs(n *yaml.Node, out map[string]string, path string) {
	if n.Kind != yaml.MappingNode {
		d.errorf(n, path, "write it like Authorization: Bearer ${TOKEN}", "%s must be names with their values", last(path))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], real(n.Content[i+1])
		if !d.key(key, path, seen) {
			continue
		}
		var text string
		p := join(path, key.Value)
		d.marks[p] = mark{max(1, val.Line), max(1, val.Column)}
		d.scalar(val, reflect.ValueOf(&text).Elem(), p)
		out[key.Value] = text
	}
}
