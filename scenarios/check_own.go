package scenarios

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
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
