package cmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/drill"
)

// A shop is a system of somebody's own: it serves while a file is not there,
// and may lose what it stored.
type shop struct {
	mu     sync.Mutex
	orders map[string]bool
	broken string // the file
	loses  bool   // the last order before it broke
	last   string
	was    bool
}

const plantedSecret = "planted-s3cret-value"

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := os.Stat(s.broken)
	if down := err == nil; down {
		if s.loses && !s.was {
			delete(s.orders, s.last)
		}
		s.was = true
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/orders/")
	switch {
	case r.Header.Get("Authorization") != "Bearer "+plantedSecret:
		w.WriteHeader(http.StatusUnauthorized)
	case r.Method == http.MethodPut:
		s.orders[name], s.last = true, name
		w.WriteHeader(http.StatusCreated)
	case r.URL.Path == "/orders":
		var all []string
		for o := range s.orders {
			all = append(all, o)
		}
		_ = json.NewEncoder(w).Encode(all)
	case s.orders[name]:
		fmt.Fprintf(w, "{\"id\":%q}", name)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// ownDrill is a drill of a shop: its scenario, and the file that breaks it.
func ownDrill(t *testing.T, loses bool, steps string) (d *liveDrill, scenario, broken string) {
	t.Helper()
	if testing.Short() {
		t.Skip("drills take time (-short)")
	}
	d = newLiveDrill(t)
	dir := t.TempDir()
	scenario, broken = filepath.Join(dir, "own.yaml"), filepath.Join(dir, "broken")
	srv := httptest.NewServer(&shop{orders: map[string]bool{}, broken: broken, loses: loses})
	t.Cleanup(srv.Close)
	t.Setenv("SHOP_TOKEN", plantedSecret)
	src := fmt.Sprintf(`apiVersion: drillctl/v1
name: own
system: {url: {entry: %q, regions: {home: {}}}}
load:
  rate: 40/s
  writes: 20/s
  read: {path: "/orders/{{.ID}}", headers: &auth {Authorization: "Bearer ${SHOP_TOKEN}"}, missing: 404}
  write: {method: PUT, path: "/orders/{{.ID}}", headers: *auth}
  read-back: {path: /orders, ids: "$[*]"}
steady: {for: 1s, success: 99%%}
hold: 1s
steps:
%s
settle: 2s
objectives: {rto: 10s, rpo: 0s}
`, srv.URL, strings.ReplaceAll(steps, "BROKEN", broken))
	if err := os.WriteFile(scenario, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	return d, scenario, broken
}

const breakIt = `  - {at: 0s, fault: command, on: {region: home}, for: 2s, apply: [touch, BROKEN], verify: [test, -e, BROKEN], revert: [rm, -f, BROKEN]}`

// record runs a drill to its end and gives its record.
func (d *liveDrill) record(want int, scenario string) drill.Record {
	d.t.Helper()
	var out, said string
	got := againIfBusy(want, func() (int, string) {
		c := d.command("run", scenario, "--output", "json")
		var stdout, stderr bytes.Buffer
		c.Stdout, c.Stderr = &stdout, &stderr
		_ = c.Run() // the status is looked at
		out, said = stdout.String(), stderr.String()
		return c.ProcessState.ExitCode(), out
	})
	var rec drill.Record
	if err := json.Unmarshal([]byte(out), &rec); err != nil || got != want {
		d.t.Fatalf("exit %d, want %d (%v)\n%s\n%s", got, want, err, rec.Reason, said)
	}
	return rec
}

// A system of one's own is drilled from end to end: the damage is proved in force
// and gone by the user's own commands, and what its API acknowledged and lost is
// found. The secret is told nowhere.
func TestOwnSystem(t *testing.T) {
	for name, loses := range map[string]bool{"keeps": false, "loses": true} {
		t.Run(name, func(t *testing.T) {
			d, scenario, broken := ownDrill(t, loses, breakIt)
			rec := d.record(map[bool]int{false: exit.Passed, true: exit.Missed}[loses], scenario)
			l, f := rec.Analysis.Ledger, rec.Analysis.Faults[0]
			if l == nil || !l.Known || l.Acked == 0 || (l.Lost == 1) != loses || l.Lost > 1 {
				t.Errorf("ledger %+v", l)
			}
			if !f.IsInForce || !f.IsGone || len(rec.Analysis.Incidents) == 0 {
				t.Errorf("fault %+v, incidents %+v", f, rec.Analysis.Incidents)
			}
			if _, err := os.Stat(broken); err == nil {
				t.Error("it is still broken")
			}
			secretive(t, d.state)
		})
	}
}

// secretive looks for the secret in every file of the state directory.
func secretive(t *testing.T, state string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(state, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(plantedSecret)) {
			t.Errorf("%s tells the secret", path)
		}
		files++
		return err
	})
	if err != nil || files < 5 {
		t.Errorf("%d files: %v", files, err)
	}
}

// What a command of the user's broke outlives a drillctl that is killed. The
// next drill refuses to begin, and recover mends it, wherever it is started.
func TestOwnDamageOutlivesAKillUntilRecover(t *testing.T) {
	d, scenario, broken := ownDrill(t, false, strings.ReplaceAll(breakIt, "for: 2s", "for: 60s"))
	d.start(nil, "run", scenario)
	d.said("in force:")
	d.kill()
	if _, err := os.Stat(broken); err != nil {
		t.Fatalf("it was mended by nobody: %v", err)
	}
	if code, out := d.exit("run", scenario); code != exit.CannotRun || !strings.Contains(out, "drillctl recover") {
		t.Errorf("a drill over damage ended with %d: %s", code, out)
	}
	if code, out := d.exit("recover"); code != exit.Passed || !strings.Contains(out, "command on host: taken back") {
		t.Errorf("recover ended with %d: %s", code, out)
	}
	if _, err := os.Stat(broken); err == nil {
		t.Error("it is still broken")
	}
}

// A command that does nothing and one whose damage is
// there already are found out.
func TestOwnCommandsThatLie(t *testing.T) {
	tests := []struct {
		name, steps, want string
		code              int
	}{
		{"does nothing", strings.Replace(breakIt, "[touch, BROKEN]", `["true"]`, 1), "not proved in force", exit.Inconclusive},
		{"always in force", strings.Replace(breakIt, "[test, -e, BROKEN]", `["true"]`, 1), "before the fault", exit.Inconclusive},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			steps := strings.Replace(tt.steps, "for: 2s", "for: 2s, timeout: 1s", 1)
			d, scenario, _ := ownDrill(t, false, steps)
			if code, out := d.exit("run", scenario); code != tt.code || !strings.Contains(out, tt.want) {
				t.Errorf("exit %d, want %d with %q: %s", code, tt.code, tt.want, out)
			}
		})
	}
}

// On a game day drillctl finds the outage by itself, and a day without one is
// inconclusive.
func TestGameDay(t *testing.T) {
	for name, breaks := range map[string]bool{"somebody breaks it": true, "nobody does": false} {
		t.Run(name, func(t *testing.T) {
			d, scenario, broken := ownDrill(t, false, "  - {at: 0s, fault: external, for: 6s}")
			if !breaks {
				rec := d.record(exit.Inconclusive, scenario)
				if !strings.Contains(rec.Reason, "no outage in the window") {
					t.Errorf("%s", rec.Reason)
				}
				return
			}
			go func() { // until the end of the test
				for range time.Tick(20 * time.Millisecond) {
					if runs, _ := filepath.Glob(filepath.Join(d.state, "runs", "*", "events.jsonl")); len(runs) > 0 {
						if b, _ := os.ReadFile(runs[0]); bytes.Contains(b, []byte("fault.fired")) {
							break
						}
					}
				}
				time.Sleep(time.Second)
				_ = os.WriteFile(broken, nil, 0o600)
				time.Sleep(time.Second)
				_ = os.Remove(broken)
			}()
			rec := d.record(exit.Passed, scenario)
			if f := rec.Analysis.Faults[0]; !f.Seen || f.InForce <= f.Fired {
				t.Errorf("%+v", f)
			}
		})
	}
}
