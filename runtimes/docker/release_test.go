package docker_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/drillctl/drillctl/runtimes/docker"
)

// holding is an engine that will not remove a network while somebody is in it, and
// in its own time then.
type holding struct {
	mu         sync.Mutex
	in         map[string]string // what is in the network: name by container
	containers map[string]string // run by container
	refuse     int               // times, when nobody is in it
	list       []string          // the containers that are there to begin with
	gone       bool
	asked      []string // but looks
}

var version = regexp.MustCompile(`^/v[0-9.]+`)

func (h *holding) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	path := version.ReplaceAllString(r.URL.Path, "")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.asked = append(h.asked, r.Method+" "+path)
	}
	say := func(code int, what any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(what)
	}
	id := strings.TrimSuffix(strings.TrimPrefix(path, "/containers/"), "/json")
	run, there := h.containers[id]
	switch {
	case path == "/_ping":
		w.Header().Set("API-Version", "1.41")
	case path == "/version":
		say(200, map[string]string{"ApiVersion": "1.41", "Version": "20.10"})
	case path == "/containers/json":
		list := []any{} // others come later
		for _, id := range h.list {
			list = append(list, map[string]string{"Id": id})
		}
		say(200, list)
	case path == "/networks":
		say(200, []any{map[string]string{"Id": "n", "Name": "net"}})
	case path == "/networks/n" && r.Method == http.MethodGet:
		in := map[string]any{}
		for id, name := range h.in {
			in[id] = map[string]string{"Name": name}
		}
		say(200, map[string]any{"Id": "n", "Name": "net", "Containers": in})
	case path == "/networks/n" && (len(h.in) > 0 || h.refuse > 0):
		if len(h.in) == 0 {
			h.refuse--
		}
		say(403, map[string]string{"message": "error while removing network: network net id n has active endpoints"})
	case path == "/networks/n":
		h.gone = true
		w.WriteHeader(204)
	case path == "/networks/n/disconnect":
		var ask struct {
			Container string
			Force     bool
		}
		_ = json.NewDecoder(r.Body).Decode(&ask)
		for id, name := range h.in {
			if name == ask.Container && ask.Force {
				delete(h.in, id)
			}
		}
	case there && r.Method == http.MethodDelete:
		delete(h.containers, id)
		delete(h.in, id)
		w.WriteHeader(204)
	case there:
		say(200, map[string]any{"Id": id, "Config": map[string]any{"Labels": map[string]string{docker.LabelRun: run}}})
	default:
		say(404, map[string]string{"message": "no such thing"})
	}
}

const forever = 1 << 20

// A network goes although the engine calls it used: by what it has forgotten, by
// what came late, or because it is busy. Containers of others stay in it, by name. One
// that an engine will never let go of is hollow, which is found out at once if there
// was nothing to wait for.
func TestNetworkInUse(t *testing.T) {
	for _, tt := range []struct {
		name   string
		engine *holding
		fails  string
		hollow bool
	}{
		{"a container that is no more", &holding{in: map[string]string{"c1": "node", "ep-2": "other"}}, "", false},
		{"a container that came late", &holding{in: map[string]string{"c1": "node"}, containers: map[string]string{"c1": "run"}}, "", false},
		{"a busy engine", &holding{refuse: 5, list: []string{"c9"}, containers: map[string]string{"c9": "run"}}, "", false},
		{"an engine that cannot count", &holding{refuse: forever}, "net, in which nobody is", true},
		{"an engine that cannot count, of late", &holding{refuse: forever, list: []string{"c9"}, containers: map[string]string{"c9": "run"}}, "net, in which nobody is", true},
		{"a container of others", &holding{in: map[string]string{"c1": "theirs"}, containers: map[string]string{"c1": ""}}, "container theirs, which is not of this system", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(tt.engine)
			defer s.Close()
			e, err := docker.Connect(t.Context(), docker.Where{Host: "tcp://" + s.Listener.Addr().String()})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			err = e.Remove(t.Context(), "run")
			if tt.fails == "" && (err != nil || !tt.engine.gone) || tt.fails != "" && (err == nil || !strings.Contains(err.Error(), tt.fails)) {
				t.Errorf("error %v, network gone: %v", err, tt.engine.gone)
			}
			if hollow := (*docker.HollowError)(nil); errors.As(err, &hollow) != tt.hollow {
				t.Errorf("error %v, hollow: %v", err, !tt.hollow)
			}
			if tt.hollow {
				if !strings.Contains(err.Error(), "(drillctl recover does then)") {
					t.Error(err)
				}
				return
			}
			if tt.fails != "" && (len(tt.engine.in) != 1 || len(tt.engine.containers) != 1 || len(tt.engine.asked) != 1) {
				t.Errorf("asked of the engine: %v", tt.engine.asked)
			}
		})
	}
}
