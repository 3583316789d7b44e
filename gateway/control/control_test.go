package control

import (
	"errors"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/routes"
)

func planeOf(bugs ...string) (*plane, *[]string) {
	var told []string
	c := Config{Regions: []string{"a", "b", "c"}, Canary: 3 * time.Second, Bugs: bugs}
	return newPlane(c, State{}, func(note string) { told = append(told, note) }), &told
}

// report has a region's gateway report and returns the version it is to have.
func report(t *testing.T, p *plane, region string, version int, n, bad int64) int {
	t.Helper()
	table, _, err := p.poll(Report{Name: region + "-gateway-1", Region: region, Version: version, Requests: n, Bad: bad})
	if err != nil {
		t.Fatal(err)
	}
	return table.Version
}

var better = []routes.Route{{Path: "/orders/*", To: "/v2/*"}}

// A version is tried by one region; it goes on to the others, or back.
func TestTrial(t *testing.T) {
	for _, tt := range []struct {
		name          string
		n, bad        int64 // with the new version
		olds          int64 // of 100 with the old one, failed
		after         time.Duration
		tries, others int // versions then
	}{
		{"good, early", 1000, 0, 0, time.Second, 2, 1},
		{"good, in time", 1000, 0, 0, 3 * time.Second, 2, 2},
		{"nobody came", 10, 10, 0, time.Minute, 2, 1},
		{"all bad", 20, 20, 0, time.Second, 1, 1},
		{"some bad", 100, 6, 0, time.Second, 1, 1},
		{"no worse than before", 100, 14, 10, 3 * time.Second, 2, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, told := planeOf()
				for _, r := range p.regions {
					report(t, p, r, 1, 100, tt.olds)
				}
				if v, err := p.push(better); err != nil || v != 2 {
					t.Fatal(v, err)
				}
				if report(t, p, "a", 1, 100, tt.olds) != 1 || report(t, p, "c", 1, 100, tt.olds) != 2 {
					t.Fatal("it is not the last region that tries")
				}
				if _, err := p.push(better); !errors.Is(err, errBusy) {
					t.Errorf("another at the same time: %v", err)
				}
				time.Sleep(tt.after)
				tries := report(t, p, "c", 2, tt.n, tt.bad)
				if others := report(t, p, "b", 1, 100, tt.olds); tries != tt.tries || others != tt.others {
					t.Errorf("versions %d and %d, want %d and %d: %v", tries, others, tt.tries, tt.others, *told)
				}
			})
		})
	}
}

func TestPushEverywhere(t *testing.T) {
	p, _ := planeOf(bug.PushEverywhere)
	if _, err := p.push(better); err != nil {
		t.Fatal(err)
	}
	for _, r := range p.regions {
		if v := report(t, p, r, 2, 1000, 1000); v != 2 {
			t.Errorf("%s has version %d", r, v)
		}
	}
	if err := p.rollback(1); err != nil || report(t, p, "a", 2, 1, 1) != 1 {
		t.Errorf("the way back: %v", err)
	}
}

// Versions that are pushed at the same time are two, and what is kept of them is the
// newest.
func TestPushAtTheSameTime(t *testing.T) {
	const n = 40
	c := Config{Regions: []string{"a"}, Dir: t.TempDir(), Bugs: []string{bug.PushEverywhere}}
	h := handler(c, newPlane(c, State{}, func(string) {}))
	push := func() int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", "/push", strings.NewReader(`{"routes":[{"path":"/x","to":"/y"}]}`)))
		return w.Code
	}
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			if code := push(); code != 200 {
				t.Errorf("answered %d", code)
			}
		})
	}
	all.Wait()
	s, err := load(c.file())
	if err != nil || len(s.Tables) != n+1 {
		t.Fatalf("%d versions are kept, want %d: %v", len(s.Tables), n+1, err)
	}
	for i, table := range s.Tables {
		if table.Version != i+1 {
			t.Errorf("version %d is said to be %d", i+1, table.Version)
		}
	}
	if err := os.RemoveAll(c.Dir); err != nil {
		t.Fatal(err)
	}
	if code := push(); code != 500 {
		t.Errorf("what cannot be kept: answered %d", code)
	}
}

// What was decided is kept over a restart; what has no sense is refused.
func TestHandler(t *testing.T) {
	c := Config{Regions: []string{"a"}, Dir: t.TempDir(), Canary: time.Hour}
	ask := func(method, path, body string) (int, string) {
		s, err := load(c.file())
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		handler(c, newPlane(c, s, func(string) {})).ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
		return w.Code, w.Body.String()
	}
	for _, tt := range []struct {
		method, path, body string
		code               int
		says               string
	}{
		{"GET", "/state", "", 200, `"regions":{"a":1}`},
		{"POST", "/push", `{"routes":[{"path":"/x","to":"/y"}]}`, 200, `"version":2`},
		{"POST", "/poll", `{"name":"g","region":"a","version":1}`, 200, `"version":2`},
		{"POST", "/push", `{"routes":[{"path":"/x","to":"/y"}]}`, 409, "being tried"},
		{"POST", "/rollback", `{"to":1}`, 200, `"regions":{"a":1}`},
		{"POST", "/rollback", `{"to":9}`, 400, "no version 9"},
		{"POST", "/push", `{"routes":[]}`, 400, "needs one"},
		{"POST", "/push", `nonsense`, 400, "invalid"},
		{"POST", "/poll", `{"region":"z"}`, 400, "no region"},
		{"GET", "/elsewhere", "", 404, "error"},
		{"GET", "/healthz", "", 200, "alive"},
	} {
		if code, body := ask(tt.method, tt.path, tt.body); code != tt.code || !strings.Contains(body, tt.says) {
			t.Errorf("%s %s %s: %d %s, want %d and %q", tt.method, tt.path, tt.body, code, body, tt.code, tt.says)
		}
	}
	if err := os.WriteFile(c.file(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := load(c.file()); err == nil {
		t.Error("half a state was taken")
	}
	if Run(t.Context(), Config{Regions: []string{"a"}}, nil) == nil {
		t.Error("it runs without a directory")
	}
}
