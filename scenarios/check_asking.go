package scenarios

import (
	"maps"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/runner/load/ask"
)

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
