package scenarios

import (
	"path/filepath"
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

// Containers are instances of the user's own that run already.
type Containers struct {
	Label   []string `yaml:"label" doc:"those with all of these labels, as key or key=value" min:"1"`
	Project string   `yaml:"project" doc:"those of this Compose project"`
	Members
}

// Compose is a Compose application of the user's own: started and taken down by
// drillctl, or left alone where it is up already.
type Compose struct {
	File     []string `yaml:"file" doc:"its files, seen from the scenario's directory; later ones override earlier ones" required:"true" min:"1"`
	Project  string   `yaml:"project" doc:"its name; default: what its files say, else their directory's name"`
	Profiles []string `yaml:"profiles" doc:"profiles of it that are started, too" min:"1"`
	Patience Duration `yaml:"patience" doc:"how long it may take to come up, and to go down again" default:"2m" min:"1s" max:"1h"`
	Members
}

// Members are what there is to say of containers of the user's own, however they
// were found.
type Members struct {
	Entry       string   `yaml:"entry" doc:"where clients get in, as seen from where the load runs, e.g. http://gateway:8080" required:"true"`
	LoadFrom    string   `yaml:"load-from" doc:"network: a container of drillctl's own in their networks; host: this machine, for published ports" enum:"network,host" default:"network"`
	Regions     Places   `yaml:"regions" doc:"regions in order of preference; with an entry the records are read back there, too"`
	RegionLabel string   `yaml:"region-label" doc:"the label that tells a container's region" default:"drillctl.region"`
	RoleLabel   string   `yaml:"role-label" doc:"the label that tells a container's role; without it, that is its Compose service" default:"drillctl.role"`
	Services    Services `yaml:"services" doc:"region and role of Compose services that have no such labels"`
	ServedBy    ServedBy `yaml:"served-by" doc:"names of the headers that tell who answered"`
	DNS         []string `yaml:"dns" doc:"DNS servers to ask, as address:port (default: those of where the load runs)"`
	Protect     []string `yaml:"protect" doc:"names of containers that no step may touch, like those with the label drillctl.protect=true" min:"1"`
	BlastRadius Percent  `yaml:"blast-radius" doc:"largest share of a region's containers that the steps may touch together" default:"100%"`
}

// Dir is the directory of the scenario's file, from which other files are seen.
func (s *Scenario) Dir() string { return filepath.Dir(s.file) }

// Members are those of a system of containers, with the place of it in the
// scenario; nil for other systems.
func (s System) Members() (path string, m *Members) {
	switch {
	case s.Containers != nil:
		return "system.containers", &s.Containers.Members
	case s.Compose != nil:
		return "system.compose", &s.Compose.Members
	}
	return "", nil
}

// Services say what Compose services are.
type Services []Service

// A Service is what one Compose service is.
type Service struct {
	Name   string `yaml:"-"`
	Region string `yaml:"region" doc:"its region"`
	Role   string `yaml:"role" doc:"its role"`
}

// Reach is how a system of the user's own is reached and told apart, however it
// was given.
func (s System) Reach() URL {
	if s.URL != nil {
		return *s.URL
	}
	if _, m := s.Members(); m != nil {
		return URL{Entry: m.Entry, Regions: m.Regions, ServedBy: m.ServedBy, DNS: m.DNS}
	}
	return URL{}
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
	default:
		for _, r := range s.Reach().Regions {
			names = append(names, r.Name)
		}
	}
	return names
}

// entryOnly says that no region can be asked for its records directly.
func (s System) entryOnly(l Load) bool {
	if l.Postgres != nil {
		return len(l.Postgres.ReadBack) == 0
	}
	return s.own() && !slices.ContainsFunc(s.Reach().Regions, func(p Place) bool { return p.Entry != "" })
}

// own says that the system is not the bundled one.
func (s System) own() bool {
	return s.Gateway == nil && (s.URL != nil || s.Containers != nil || s.Compose != nil)
}

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
