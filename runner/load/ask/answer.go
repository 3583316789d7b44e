package ask

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/theory/jsonpath"
)

// A Form is a request ready to be made many times.
type Form struct {
	Method string
	// Named says that the request is about one record.
	Named    bool
	names    Names
	path     Text
	headers  []header
	body     Text
	hasBody  bool
	status   []int
	missing  int
	contains *Text
	json     *jsonpath.Path
	equals   *Text
}

type header struct {
	name  string
	value Text
}

// Form compiles the request for the records of one run. method is used where
// the request has none.
func (r Request) Form(names Names, method string) (*Form, error) {
	for key, err := range r.Check() {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	f := &Form{Method: r.Method, names: names, status: r.Expect.Status, missing: r.Missing, hasBody: r.Body != ""}
	if f.Method == "" {
		f.Method = method
	}
	f.path, _ = Parse(r.Path) // checked
	f.body, _ = Parse(r.Body)
	f.Named = r.Record()
	for name, v := range r.Headers {
		t, _ := Parse(v)
		f.headers = append(f.headers, header{http.CanonicalHeaderKey(name), t})
	}
	f.contains, f.equals = optional(r.Expect.Contains), optional(r.Expect.Equals)
	if r.Expect.JSON != "" {
		f.json = jsonpath.MustParse(r.Expect.JSON)
	}
	return f, nil
}

func optional(s string) *Text {
	if s == "" {
		return nil
	}
	t, _ := Parse(s)
	return &t
}

// URL adds the path for one record to base.
func (f *Form) URL(base []byte, seq uint64) []byte { return f.path.Append(base, f.names, seq) }

// Body is what is sent for one record, nil for nothing.
func (f *Form) Body(seq uint64) []byte {
	if !f.hasBody {
		return nil
	}
	return f.body.Append(nil, f.names, seq)
}

// HasBody says that something is sent.
func (f *Form) HasBody() bool { return f.hasBody }

// Header are the headers for one record: a copy of base and those of the form.
// Host is among them.
func (f *Form) Header(base http.Header, seq uint64) http.Header {
	h := base.Clone()
	for _, x := range f.headers {
		h[x.name] = []string{x.value.For(f.names, seq)}
	}
	return h
}

// Expects says whether a status is a right one; any 2xx is where none is
// written and lax is set, else 200.
func (f *Form) Expects(status int, lax bool) bool {
	switch {
	case len(f.status) > 0:
		return slices.Contains(f.status, status)
	case lax:
		return status/100 == 2
	}
	return status == http.StatusOK
}

// Missing says whether a status tells that there is no such record.
func (f *Form) Missing(status int) bool { return f.missing != 0 && status == f.missing }

// Holds says whether a body is what it should be for one record.
func (f *Form) Holds(body []byte, seq uint64) bool {
	if f.contains != nil && !bytes.Contains(body, f.contains.Append(nil, f.names, seq)) {
		return false
	}
	if f.json == nil {
		return true
	}
	found, err := find(f.json, body)
	if err != nil || len(found) == 0 {
		return false
	}
	return f.equals == nil || slices.Contains(found, f.equals.For(f.names, seq))
}

// find gives the texts of what a path finds in a body of JSON.
func find(path *jsonpath.Path, body []byte) ([]string, error) {
	var doc any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&doc); err != nil {
		return nil, fmt.Errorf("the answer is not JSON: %w", err)
	}
	var out []string
	for _, v := range path.Select(doc) {
		switch x := v.(type) {
		case string:
			out = append(out, x)
		case json.Number:
			out = append(out, x.String())
		default:
			b, err := json.Marshal(x)
			if err != nil {
				return nil, err
			}
			out = append(out, string(b))
		}
	}
	return out, nil
}

// Seqs finds the records of a run in a list: their numbers in the order of the
// list, with repetitions. Records of others are left out; a list in which the
// path finds nothing is an empty one.
func Seqs(path string, body []byte, names Names) ([]uint64, error) {
	p, err := jsonpath.Parse(path)
	if err != nil {
		return nil, err
	}
	found, err := find(p, body)
	if err != nil {
		return nil, err
	}
	var out []uint64
	for _, name := range found {
		if seq, ok := names.Seq(name); ok {
			out = append(out, seq)
		}
	}
	return out, nil
}
