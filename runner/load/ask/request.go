package ask

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/theory/jsonpath"
)

// A Pairs is headers by name.
type Pairs map[string]string

// A Request is one kind of request as written. Path, headers and body may name
// the record, as {{.ID}}, and take values from the environment, as ${TOKEN}.
type Request struct {
	Method  string `yaml:"method" json:"method,omitempty" doc:"method" enum:"GET,HEAD,POST,PUT,PATCH,DELETE"`
	Path    string `yaml:"path" json:"path,omitempty" doc:"what follows the entry, e.g. /orders/{{.ID}}; may have a query"`
	Headers Pairs  `yaml:"headers" json:"headers,omitempty" doc:"headers by name; ${NAME} comes from the environment"`
	Body    string `yaml:"body" json:"body,omitempty" doc:"what is sent, e.g. '{\"id\": \"{{.ID}}\"}'"`
	Expect  Expect `yaml:"expect" json:"expect,omitzero" doc:"what a right answer is like"`
	Missing int    `yaml:"missing" json:"missing,omitempty" doc:"of reads: the status that says that there is no such record, e.g. 404; without it that is an error like any other" min:"400" max:"499"`
}

// Expect is what a right answer is like.
type Expect struct {
	Status   []int  `yaml:"status" json:"status,omitempty" doc:"statuses; default: 200 for reads, any 2xx for writes"`
	Contains string `yaml:"contains" json:"contains,omitempty" doc:"text that the body has, e.g. {{.ID}}"`
	JSON     string `yaml:"json" json:"json,omitempty" doc:"JSON path (RFC 9535) that finds something in the body, e.g. $.id"`
	Equals   string `yaml:"equals" json:"equals,omitempty" doc:"what the JSON path must find, e.g. {{.ID}}"`
}

// ReadBack is how the records are found again when the drill is over.
type ReadBack struct {
	Path    string `yaml:"path" json:"path" doc:"of a list that may have other records, too, or of one record when it has {{.ID}}" required:"true"`
	Headers Pairs  `yaml:"headers" json:"headers,omitempty" doc:"headers by name; default: those of read"`
	IDs     string `yaml:"ids" json:"ids,omitempty" doc:"of a list: JSON path (RFC 9535) of all names, e.g. $.items[*].id"`
	Present []int  `yaml:"present" json:"present,omitempty" doc:"of one record: statuses that say that it is there (default 200)"`
	Absent  []int  `yaml:"absent" json:"absent,omitempty" doc:"of one record: statuses that say that it is not there (default 404)"`
}

// Single says that the records are read back one by one.
func (r ReadBack) Single() bool {
	t, err := Parse(r.Path)
	return err == nil && t.Record()
}

// Problems by key, e.g. "expect.json"; as "problem; hint".
type Problems map[string]error

func (p Problems) text(key, s string) Text {
	t, err := Parse(s)
	if err != nil {
		p[key] = err
	}
	return t
}

func (p Problems) path(key, s string) {
	if s == "" {
		return
	}
	if _, err := jsonpath.Parse(s); err != nil {
		p[key] = fmt.Errorf("%s is not a JSON path (%w); write it like $.items[*].id", s, err)
	}
}

func (p Problems) suffix(key, s string) {
	if s != "" && !strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "?") {
		p[key] = errors.New("a path begins with / or ?; write it like /orders/{{.ID}}")
	}
	if strings.Contains(s, "#") {
		p[key] = errors.New("a fragment is never sent; leave # and what follows out")
	}
}

func (p Problems) headers(key string, h Pairs) {
	for name, v := range h {
		t := p.text(key+"."+name, v)
		switch {
		case !validName(name):
			p[key+"."+name] = fmt.Errorf("%q is not the name of a header; write it like Authorization", name)
		case strings.ContainsAny(v, "\r\n\x00"):
			p[key+"."+name] = errors.New("a header is one line; leave the line break out")
		case slices.Contains([]string{"Content-Length", "Transfer-Encoding", "Connection", "Accept-Encoding"}, http.CanonicalHeaderKey(name)):
			p[key+"."+name] = fmt.Errorf("%s is drillctl's own; leave it out", name)
		case http.CanonicalHeaderKey(name) == "Host" && t.Record():
			p[key+"."+name] = errors.New("a host does not depend on the record; write one name")
		}
	}
}

func validName(s string) bool {
	return s != "" && strings.Trim(s, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func (p Problems) statuses(key string, list []int) {
	for _, s := range list {
		if s < 100 || s > 599 {
			p[key] = fmt.Errorf("%d is not a status; 100 to 599", s)
		}
	}
}

// Check says what is wrong with a request, by key.
func (r Request) Check() Problems {
	p := Problems{}
	p.text("path", r.Path)
	p.suffix("path", r.Path)
	p.headers("headers", r.Headers)
	p.text("body", r.Body)
	p.statuses("expect.status", r.Expect.Status)
	p.text("expect.contains", r.Expect.Contains)
	p.path("expect.json", r.Expect.JSON)
	p.text("expect.equals", r.Expect.Equals)
	if r.Expect.Equals != "" && r.Expect.JSON == "" {
		p["expect.equals"] = errors.New("nothing finds it; json: is the path of what must equal it")
	}
	return p
}

// all is every text of the request that can name a record.
func (r Request) all() Text {
	text := r.Path + r.Body
	for _, v := range r.Headers {
		text += v
	}
	t, _ := Parse(text) // what is wrong is told by Check
	return t
}

// Names says whether the request names a record so that no other run has it.
func (r Request) Names() bool { return r.all().Names() }

// Record says whether the request is about one record.
func (r Request) Record() bool { return r.all().Record() }

// Check says what is wrong with a read-back, by key.
func (r ReadBack) Check() Problems {
	p := Problems{}
	t := p.text("path", r.Path)
	p.suffix("path", r.Path)
	p.headers("headers", r.Headers)
	p.path("ids", r.IDs)
	p.statuses("present", r.Present)
	p.statuses("absent", r.Absent)
	switch {
	case t.Record() && !t.Names():
		p["path"] = errors.New("{{.N}} alone is the same in every run; use {{.ID}}, {{.Number}} or {{.UUID}}")
	case t.Record() && r.IDs != "":
		p["ids"] = errors.New("one record is read at a time, by its status; leave ids out, or the record out of path")
	case !t.Record() && r.IDs == "":
		p["path"] = errors.New("a list needs ids, the JSON path of the names in it; or name a record, as in /orders/{{.ID}}")
	case !t.Record() && len(r.Present)+len(r.Absent) > 0:
		p["path"] = errors.New("present and absent are about one record, and a list is read; name a record, as in /orders/{{.ID}}")
	}
	return p
}
