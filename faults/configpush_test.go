package faults

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/runtimes"
)

// A releaser is a control plane with one gateway, which is the same server and at
// once has what it is to have.
type releaser struct {
	*httptest.Server
	nearby
	now    int
	pushed []string
}

func newReleaser(t *testing.T) *releaser {
	r := &releaser{now: 1, pushed: []string{`[{"path":"/orders","to":"/orders"},{"path":"/orders/*","to":"/orders/*"}]`}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, _ *http.Request) {
		var tables []string
		for i, routes := range r.pushed {
			tables = append(tables, fmt.Sprintf(`{"version":%d,"routes":%s}`, i+1, routes))
		}
		fmt.Fprintf(w, `{"tables":[%s],"regions":{"a":%d},"gateways":{"a-gateway-1":{"url":%q,"version":%d}}}`, strings.Join(tables, ","), r.now, r.URL, r.now)
	})
	mux.HandleFunc("POST /push", func(w http.ResponseWriter, q *http.Request) {
		var in struct{ Routes json.RawMessage }
		if err := json.NewDecoder(q.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		r.pushed = append(r.pushed, string(in.Routes))
		r.now = len(r.pushed)
		fmt.Fprintf(w, `{"version":%d}`, r.now)
	})
	mux.HandleFunc("POST /rollback", func(_ http.ResponseWriter, q *http.Request) {
		var in struct{ To int }
		if err := json.NewDecoder(q.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		r.now = in.To
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Config-Version", fmt.Sprint(r.now)) })
	r.Server = httptest.NewServer(mux)
	t.Cleanup(r.Close)
	return r
}

// Ref implements runtimes.Instance.
func (r *releaser) Ref() runtimes.Ref { return runtimes.Ref{ID: "a-control-1"} }

// Node implements runtimes.Instance.
func (r *releaser) Node() runtimes.Node {
	return runtimes.Node{Name: "a-control-1", Role: controlRole, Ready: r.URL + "/healthz"}
}

// The routes of before but for one are pushed, proved in force and gone, and taken
// back also by what is left of the fault in the journal.
func TestConfigPush(t *testing.T) {
	r, f := newReleaser(t), &ConfigPush{Path: "/orders/*"}
	if err := configPush.Fits(r); err != nil {
		t.Fatal(err)
	}
	a, err := f.Arm(t.Context(), []Target{{Instance: r}})
	if err != nil {
		t.Fatal(err)
	}
	showing(t, a, false, true)
	showing(t, a, true, false)
	if _, err := a.Fire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := `[{"path":"/orders","to":"/orders"},{"path":"/orders/*","to":"/drillctl-nowhere/orders/*"}]`; r.pushed[1] != want {
		t.Errorf("pushed %s, want %s", r.pushed[1], want)
	}
	showing(t, a, true, true)
	showing(t, a, false, false)
	r.now = 1 // by the system itself
	showing(t, a, true, true)
	r.now = 2
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	left := &ConfigPush{}
	if err := json.Unmarshal(text, left); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := left.Undo(t.Context(), r); err != nil || r.now != 1 {
			t.Errorf("undo: version %d, %v", r.now, err)
		}
	}
	showing(t, a, false, true)
	if _, err := a.Revert(t.Context()); err != nil || a.Close() != nil {
		t.Error(err)
	}
}

// showing wants all evidence to be OK, or some not to be.
func showing(t *testing.T, a Armed, want, ok bool) {
	t.Helper()
	es, err := a.Verify(t.Context(), want)
	all := len(es) > 0
	for _, e := range es {
		all = all && e.OK
	}
	if err != nil || all != ok {
		t.Errorf("verify %t: %+v, %v, want %t", want, es, err, ok)
	}
}

func TestConfigPushRefuses(t *testing.T) {
	r := newReleaser(t)
	for _, tt := range []struct {
		f    *ConfigPush
		on   []Target
		says string
	}{
		{&ConfigPush{Path: "/elsewhere"}, []Target{{Instance: r}}, "no route /elsewhere"},
		{&ConfigPush{Path: "/orders"}, []Target{{Instance: r}, {Instance: r}}, "not to 2"},
	} {
		if _, err := tt.f.Arm(t.Context(), tt.on); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%+v: %v", tt.f, err)
		}
	}
	if err := (&ConfigPush{Path: "/orders"}).Undo(t.Context(), &switchboard{}); err != nil {
		t.Errorf("undo of what was never armed: %v", err)
	}
	if (&ConfigPush{Path: "orders"}).Check()["path"] == "" {
		t.Error("a path without a slash passed")
	}
	other := &elsewhere{r}
	if err := configPush.Fits(other); !errors.Is(err, runtimes.ErrUnsupported) {
		t.Errorf("an API: %v", err)
	}
	r.Close()
	if _, err := (&ConfigPush{Path: "/orders"}).Arm(t.Context(), []Target{{Instance: r}}); err == nil {
		t.Error("a control plane that does not answer was armed")
	}
}

// elsewhere is the same, but no control plane.
type elsewhere struct{ *releaser }

// Node implements runtimes.Instance.
func (e *elsewhere) Node() runtimes.Node { return runtimes.Node{Name: "a-api-1", Role: "api"} }
