package scenarios

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// selector asks whether a selection can match the bundled system at all.
func (c *checker) selector(path string, sel Selector) {
	g := c.s.System.Gateway
	if where, m := c.s.System.Members(); m != nil {
		c.unseen(where, path, sel)
		return
	}
	if len(c.instances) == 0 || !c.sound(path) {
		return
	}
	if sel.Empty() {
		c.errorf(path, "give a region, role or name", "%s selects nothing in particular", path)
		return
	}
	before := len(c.problems)
	c.clients(path, sel)
	if len(sel.Label) > 0 {
		c.errorf(path+".label", "choose by region, role or name", "%s.label: the instances of the bundled system have no labels", path)
	}
	var names, regions []string
	for _, in := range c.instances {
		names, regions = append(names, in.name), append(regions, in.region)
	}
	if len(c.problems) > before {
		return
	}
	c.among(path+".region", sel.Region, slices.Compact(regions))
	c.among(path+".role", sel.Role, roles(g))
	c.among(path+".service", sel.Service, roles(g))
	c.among(path+".name", sel.Name, names)
	if len(c.problems) > before {
		return
	}
	n := len(c.chosen(sel))
	if n == 0 {
		c.errorf(path, "all conditions must hold for one instance", "%s matches no instance", path)
		return
	}
	c.pick(path+".pick", sel.Pick, n)
}

// someClients says that a selection is that of the clients of the bundled system, all
// of them or groups by region: the other side of a fault of links.
func (c *checker) someClients(path string, sel Selector) bool {
	rest := len(sel.Service) + len(sel.Name) + len(sel.Label)
	if c.s.System.Gateway == nil || !slices.Equal(sel.Role, []string{"client"}) || rest > 0 || sel.Pick != "all" {
		return false
	}
	several := c.s.Load.From.Several()
	switch {
	case len(sel.Region) == 0 || !c.sound("load.from"):
	case several == nil:
		c.errorf(path+".region", "from: {role: client} is all of them; load: {from: {us-east: 60%, eu: 40%}} makes groups",
			"%s.region: nothing tells clients apart: load.from names no more than one region", path)
	default:
		c.among(path+".region", sel.Region, several)
	}
	return true
}

// clients says why they are not to be chosen here.
func (c *checker) clients(path string, sel Selector) {
	named := slices.Contains(sel.Role, "client") || slices.Contains(sel.Service, "client") || slices.ContainsFunc(sel.Name, func(n string) bool { return strings.HasPrefix(n, "client-") })
	switch {
	case !named:
	case strings.HasSuffix(path, ".from"):
		c.errorf(path, "from: {role: client} is all of them, from: {role: client, region: us-east} those near a region of load.from",
			"%s: as the other side, clients are chosen by role alone or with their region, all of them, and not together with others", path)
	default:
		c.errorf(path, "a fault of links has them as its other side: fault: partition, on: {region: us-east, role: gateway}, from: {role: client}",
			"%s: the clients measure, and are not hit", path)
	}
}

// unseen checks a selection of instances that are not known yet; 'drillctl plan'
// looks whom it really chooses.
func (c *checker) unseen(where, path string, sel Selector) {
	switch {
	case !c.sound(path):
		return
	case sel.Empty():
		c.errorf(path, "give a region, role, service, name or label", "%s selects nothing in particular", path)
	case !pickForm.MatchString(sel.Pick) || zeroShare.MatchString(sel.Pick):
		c.errorf(path+".pick", "one, minority, majority, all, a number or a percentage", "%s.pick: %q is not a choice", path, clip(sel.Pick))
	}
	if c.sound(where + ".regions") {
		c.among(path+".region", sel.Region, c.s.System.Regions())
	}
}

var pickForm = regexp.MustCompile(`^(one|minority|majority|all|[1-9][0-9]{0,5}|(100|[1-9]?[0-9](\.[0-9]+)?)%)$`)

// pick asks whether so many can be chosen of n.
func (c *checker) pick(path, how string, n int) {
	switch want, err := strconv.Atoi(how); {
	case !pickForm.MatchString(how) || zeroShare.MatchString(how):
		c.errorf(path, "one, minority, majority, all, a number or a percentage", "%s: %q is not a choice", path, clip(how))
	case err == nil && want > n:
		c.errorf(path, fmt.Sprintf("at most %d", n), "%s: %d of %d", path, want, n)
	case how == "minority" && n < 3:
		c.errorf(path, "one", "%s: a minority of %d is nobody", path, n)
	}
}

var zeroShare = regexp.MustCompile(`^0(\.0+)?%$`)

func (c *checker) among(path string, words, known []string) {
	for i, w := range words {
		p := fmt.Sprintf("%s[%d]", path, i)
		if _, ok := c.s.marks[p]; !ok {
			p = path
		}
		if !slices.Contains(known, w) {
			c.errorf(p, suggest(w, known), "%s: there is no %q", path, clip(w))
		}
	}
}
