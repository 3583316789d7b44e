package scenarios

import (
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/runner/load/ask"
)

// containers checks those that run already, as far as can be told without them.
func (c *checker) containers(k *Containers) {
	const path = "system.containers"
	if len(k.Label) == 0 && k.Project == "" && c.sound(path+".label", path+".project") {
		c.errorf(path, "label: app=shop, or project: shop for a Compose application", "%s: nothing says which containers", path)
	}
	for i, l := range k.Label {
		if key, _, _ := strings.Cut(l, "="); key == "" {
			c.errorf(indexed(c.s.marks, path+".label", i), "write it like app=shop", "%s.label: %q is not a label", path, clip(l))
		}
	}
	c.members(path, k.Members)
}

// projectForm is what Compose takes as the name of a project.
var projectForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

// compose checks a Compose application; its files are read when it is planned.
func (c *checker) compose(k *Compose) {
	const path = "system.compose"
	if k.Project != "" && !projectForm.MatchString(k.Project) {
		c.errorf(path+".project", "lower case letters, digits, hyphens and underscores, a letter or digit first", "%s.project: a project cannot be called %q", path, clip(k.Project))
	}
	for i, f := range k.File {
		if strings.TrimSpace(f) == "" {
			c.errorf(indexed(c.s.marks, path+".file", i), "file: compose.yaml", "%s.file: a file has no name", path)
		}
	}
	c.members(path, k.Members)
}

func (c *checker) members(path string, k Members) {
	if k.BlastRadius <= 0 {
		c.errorf(path+".blast-radius", "50% is a careful one", "%s.blast-radius: at 0%% no step may touch anything", path)
	}
	for _, s := range k.Services {
		c.among(path+".services."+clip(s.Name)+".region", words(s.Region), c.s.System.Regions())
	}
	c.reach(path, c.s.System.Reach())
}

// reach checks how a system of the user's own is reached.
func (c *checker) reach(path string, u URL) {
	at := path
	if _, ok := c.s.marks[path+".entry"]; ok {
		at = path + ".entry"
	}
	c.entry(at, u.Entry)
	if len(u.Regions) > maxRegions {
		c.errorf(path+".regions", fmt.Sprintf("at most %d", maxRegions), "%s.regions: %d are too many", path, len(u.Regions))
	}
	for _, r := range u.Regions {
		p := path + ".regions." + clip(r.Name)
		if !regionForm.MatchString(r.Name) || r.Name == "gateway" {
			c.errorf(p, "1 to 32 lower case letters, digits and hyphens, a letter first; not gateway", "region %q cannot be called that", clip(r.Name))
		}
		if r.Entry != "" {
			c.entry(p+".entry", r.Entry)
		}
	}
	for i, s := range u.DNS {
		if _, err := netip.ParseAddrPort(s); err != nil {
			c.errorf(indexed(c.s.marks, path+".dns", i), "write it like 192.0.2.1:53", "%s.dns: %q is not an address with a port", path, clip(s))
		}
	}
}

// indexed is the place of an item of a list, or of the list when it is written
// as a single value.
func indexed(marks map[string]mark, path string, i int) string {
	if p := fmt.Sprintf("%s[%d]", path, i); marks[p] != (mark{}) {
		return p
	}
	return path
}

func (c *checker) entry(path, entry string) {
	u, err := url.Parse(entry)
	switch {
	case len(ask.Variables(entry)) > 0:
		c.errorf(path, "headers and bodies take ${NAME}; an entry stands in every report", "%s: an entry cannot come from the environment", path)
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		c.errorf(path, "write it like https://api.example.com", "%s: %q is not an http or https URL", path, clip(entry))
	case u.User != nil:
		c.errorf(path, "give a header instead: Authorization: Basic ${CREDENTIALS}", "%s: an entry has no user and no password: it stands in every report", path)
	case u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(entry, "?#"):
		c.errorf(path, "give it in load.read.path", "%s: an entry has neither query nor fragment", path)
	}
}

// asking checks how a system of the user's own is asked.
func (c *checker) asking() {
	l := c.s.Load
	if len(l.From) > 0 && c.s.System.own() {
		c.errorf("load.from", "leave it out: the clients are where drillctl runs", "load.from is for the bundled system's routing")
	}
	given := map[string]bool{"load.read": l.Read != nil, "load.write": l.Write != nil, "load.read-back": l.ReadBack != nil, "load.postgres": l.Postgres != nil}
	if !c.s.System.own() {
		for _, key := range slices.Sorted(maps.Keys(given)) {
			if given[key] && c.s.System.Gateway != nil {
				c.errorf(key, "leave it out", "%s is for systems of your own; the bundled one has its own API", key)
			}
		}
		return
	}
	if l.Read != nil {
		c.asked("load.read", l.Read.Check())
		c.asked("load.read", l.Read.Literals())
	}
	if l.Write != nil {
		c.asked("load.write", l.Write.Check())
		c.asked("load.write", l.Write.Literals())
	}
	if l.ReadBack != nil {
		c.asked("load.read-back", l.ReadBack.Check())
		c.asked("load.read-back", l.ReadBack.Literals())
	}
	if l.Postgres != nil {
		c.rows(l)
	} else {
		c.writing(l)
	}
	c.reading(l)
}

// asked passes on what is wrong with a request. The hint follows the last
// semicolon.
func (c *checker) asked(path string, p ask.Problems) {
	for _, key := range slices.Sorted(maps.Keys(p)) {
		msg, hint := p[key].Error(), ""
		if i := strings.LastIndex(msg, "; "); i >= 0 {
			msg, hint = msg[:i], msg[i+2:]
		}
		c.errorf(path+"."+key, hint, "%s.%s: %s", path, key, msg)
	}
}

// rows checks writes that go to a database.
func (c *checker) rows(l Load) {
	const path = "load.postgres"
	c.asked(path, l.Postgres.Check())
	switch {
	case l.Writes <= 0 && c.sound("load.writes"):
		c.errorf(path, "writes: 20/s says how many", "%s: nothing is written without load.writes", path)
	case l.Write != nil || l.ReadBack != nil:
		c.errorf(path, "leave out write and read-back, or postgres", "%s: the records are rows of a database, or records of the API, not both", path)
	}
	for _, region := range slices.Sorted(maps.Keys(l.Postgres.ReadBack)) {
		c.among(path+".read-back."+clip(region), words(region), c.s.System.Regions())
	}
}

func (c *checker) writing(l Load) {
	if l.Writes <= 0 {
		if l.Write != nil && c.sound("load.writes") {
			c.errorf("load.write", "writes: 20/s says how many", "load.write: nothing is written without load.writes")
		}
		return
	}
	switch {
	case l.Write == nil && c.sound("load.write"):
		c.errorf("load.writes", "write: {path: /orders, body: '{\"id\": \"{{.ID}}\"}'}", "load.writes: load.write has to say how a record is written")
	case l.Write != nil && !l.Write.Names() && c.sound("load.write"):
		c.errorf("load.write", "put {{.ID}}, {{.Number}} or {{.UUID}} into path, headers or body", "load.write: nothing in it names the record, so it could not be found again")
	}
	if l.ReadBack == nil && c.sound("load.read-back") {
		c.errorf("load.writes", "read-back: {path: '/orders/{{.ID}}'}", "load.writes: load.read-back has to say how the records are found again")
	}
}

func (c *checker) reading(l Load) {
	if l.Read == nil || !c.sound("load.read") {
		return
	}
	switch {
	case l.Read.Record() && l.Postgres != nil:
		c.errorf("load.read", "read something that is always there", "load.read: it reads a record that was written, and load.postgres writes rows that the API does not know")
	case l.Read.Record() && l.Writes <= 0 && c.sound("load.writes"):
		c.errorf("load.read", "give load.writes and load.write, or read something that is always there", "load.read: it reads a record that was written, and the load writes nothing")
	case l.Read.Missing != 0 && !l.Read.Record():
		c.errorf("load.read.missing", "leave it out, or name a record in path", "load.read.missing: the read is about no record")
	}
}
