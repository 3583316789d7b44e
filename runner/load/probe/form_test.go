package probe

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/load/ask"
)

// What a foreign system answers is classified as its scenario says, and what it
// is asked has all that the scenario wants.
func TestForms(t *testing.T) {
	names := ask.NamesOf("run")
	var answer func(http.ResponseWriter, *http.Request)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w, r) }))
	defer srv.Close()
	write := ask.Request{Method: "PUT", Path: "/o/{{.ID}}", Headers: ask.Pairs{"Authorization": "Bearer s3cret", "Host": "shop.test"}, Body: `{"n":{{.N}}}`, Expect: ask.Expect{Status: []int{201}, Contains: "{{.ID}}"}}
	read := ask.Request{Path: "/o/{{.ID}}", Expect: ask.Expect{JSON: "$.id", Equals: "{{.ID}}"}, Missing: 404}
	r := newRig(Pooled, time.Second, nil)
	for route, req := range map[drill.Route]ask.Request{drill.Read: read, drill.Write: write} {
		f, err := req.Form(names, http.MethodGet)
		if err != nil {
			t.Fatal(err)
		}
		r.trippers[route].Form = f
		r.trippers[route].Headers = Headers{Region: "X-Where"}.Canonical()
	}
	tests := []struct {
		route   drill.Route
		status  int
		body    string
		class   drill.Class
		ack     drill.Ack
		missing bool
	}{
		{drill.Write, 201, names.ID(7), drill.OK, drill.Acked, false},
		{drill.Write, 201, "something else", drill.Content, drill.Indeterminate, false},
		{drill.Write, 200, names.ID(7), drill.HTTPOther, drill.Indeterminate, false},
		{drill.Write, 400, "", drill.HTTP4xx, drill.Rejected, false},
		{drill.Write, 429, "", drill.HTTP4xx, drill.Rejected, false},
		{drill.Write, 408, "", drill.HTTP4xx, drill.Indeterminate, false},
		{drill.Write, 409, "", drill.HTTP4xx, drill.Indeterminate, false},
		{drill.Write, 499, "", drill.HTTP4xx, drill.Indeterminate, false},
		{drill.Write, 503, "", drill.HTTP5xx, drill.Indeterminate, false},
		{drill.Write, 302, "", drill.HTTPOther, drill.Indeterminate, false},
		{drill.Read, 200, `{"id":"` + names.ID(7) + `"}`, drill.OK, drill.NoWrite, false},
		{drill.Read, 200, `{"id":"` + names.ID(8) + `"}`, drill.Content, drill.NoWrite, false},
		{drill.Read, 200, "<html>maintenance</html>", drill.Content, drill.NoWrite, false},
		{drill.Read, 404, "", drill.OK, drill.NoWrite, true},
		{drill.Read, 410, "", drill.HTTP4xx, drill.NoWrite, false},
		{drill.Read, 204, "", drill.HTTPOther, drill.NoWrite, false},
	}
	for _, tt := range tests {
		var got *http.Request
		var sent string
		answer = func(w http.ResponseWriter, r *http.Request) {
			got = r
			b, _ := io.ReadAll(r.Body)
			sent = string(b)
			w.Header().Set("X-Where", "fra")
			w.WriteHeader(tt.status)
			fmt.Fprint(w, tt.body)
		}
		s := r.ask(t, tt.route, srv.URL, 7)
		if s.Class != tt.class || s.Ack != tt.ack || s.Missing != tt.missing || s.Region != "fra" || s.ID != 7 || int(s.Status) != tt.status {
			t.Errorf("%v %d %q: %v, ack %v, missing %v, region %q", tt.route, tt.status, tt.body, s.Class, s.Ack, s.Missing, s.Region)
		}
		if tt.route == drill.Write && (got.Method != "PUT" || got.URL.Path != "/o/"+names.ID(7) || got.Host != "shop.test" || got.Header.Get("Authorization") != "Bearer s3cret" || sent != `{"n":7}`) {
			t.Errorf("asked %s %s of %s with %v and %q", got.Method, got.URL, got.Host, got.Header, sent)
		}
	}
}

// ask makes one request in the form of its route, as vegeta would.
func (r *rig) ask(t *testing.T, route drill.Route, base string, id uint64) drill.Sample {
	t.Helper()
	f := r.trippers[route].Form
	return r.send(t, route, f.Method, mark(f.URL([]byte(base), id), r.slot, id), f.Body(id))
}
