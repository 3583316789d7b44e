package cmd

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/reports"
)

// planted are secrets in every place in which a user can have one, each with
// "s3cret" in it, by their variables. Commands get those of the last two.
var planted = map[string]string{
	"SHOP_TOKEN":   plantedSecret,
	"SHOP_QUERY":   "planted/query+s3cret=",
	"SHOP_KEY":     `planted "key" <s3cret> ü`,
	"SHOP_BASIC":   base64.StdEncoding.EncodeToString([]byte("user:planted-basic-s3cret")),
	"DB_PASSWORD":  "planted-env-s3cret",
	"DATABASE_URL": "postgres://app:planted-pg-s3cret@db.example.com/shop",
}

// plantChannels names whom to tell with a secret in every address and token, and
// gives what they were told.
func plantChannels(t *testing.T) *mailbox {
	box, url := newMailbox(t, map[string]int{"/v1/traces": http.StatusUnauthorized})
	for name, v := range map[string]string{"NOTIFY_URLS": "generic+" + url + "/s3cret-chat", "WEBHOOK_URL": url + "/s3cret-hook?key=s3cret", "WEBHOOK_SECRET": "planted-hook-s3cret",
		"GRAFANA_URL": url, "GRAFANA_TOKEN": "planted-grafana-s3cret", "OTLP_URL": url, "OTLP_HEADERS": "authorization=Bearer%20planted-otlp-s3cret"} {
		t.Setenv("DRILLCTL_"+name, v)
	}
	return box
}

// leaked is where in a text a secret stands, as it is or in another form; "" if
// nowhere.
func leaked(text []byte) string {
	for _, form := range []string{"s3cret", planted["SHOP_BASIC"], base64.StdEncoding.EncodeToString([]byte(plantedSecret))} {
		if i := bytes.Index(text, []byte(form)); i >= 0 {
			return string(text[max(0, i-120):min(len(text), i+60)])
		}
	}
	return ""
}

// chatty is a shop that tells what it was asked with in all that it answers.
func chatty(t *testing.T, broken string) *httptest.Server {
	s := &shop{orders: map[string]bool{}, broken: broken}
	asked := make(chan string, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		all := fmt.Sprint(r.URL, r.Header, string(body))
		select {
		case asked <- all:
		default:
		}
		w.Header().Set("X-Debug", r.Header.Get("Authorization"))
		if _, err := os.Stat(broken); err == nil {
			http.Error(w, "not now: "+all, http.StatusServiceUnavailable)
			return
		}
		s.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		srv.Close()
		select {
		case all := <-asked:
			if !strings.Contains(all, "s3cret") {
				t.Errorf("the shop was not asked with the secrets: %s", all)
			}
		default:
			t.Error("the shop was never asked")
		}
	})
	return srv
}

// TestPlantedSecrets drills a system with secrets in requests, in the environment
// and in what programs print, and looks for them in every file and every report.
func TestPlantedSecrets(t *testing.T) {
	if testing.Short() {
		t.Skip("drills take time (-short)")
	}
	d := newLiveDrill(t)
	dir := t.TempDir()
	scenario, broken, summary := filepath.Join(dir, "own.yaml"), filepath.Join(dir, "broken"), filepath.Join(dir, "summary.md")
	for name, v := range planted {
		t.Setenv(name, v)
	}
	t.Setenv("GITHUB_ACTIONS", "true")
	t.Setenv("GITHUB_STEP_SUMMARY", summary)
	box := plantChannels(t)
	src := fmt.Sprintf(`apiVersion: drillctl/v1
name: own
system: {url: {entry: %q, regions: {home: {}}}}
load:
  rate: 40/s
  writes: 20/s
  read: {path: "/orders/{{.ID}}?token=${SHOP_QUERY}", headers: &auth {Authorization: "Bearer ${SHOP_TOKEN}", X-Basic: "Basic ${SHOP_BASIC}"}, missing: 404}
  write: {method: PUT, path: "/orders/{{.ID}}?token=${SHOP_QUERY}", headers: *auth, body: '{"key": "${SHOP_KEY}"}'}
  read-back: {path: "/orders?token=${SHOP_QUERY}", headers: *auth, ids: "$[*]"}
steady: {for: 1s, success: 99%%}
hold: 1s
steps:
  - {at: 0s, fault: command, on: {region: home}, for: 1s, apply: [touch, %[2]s], verify: [test, -e, %[2]s], revert: [rm, -f, %[2]s]}
  - {at: 1200ms, action: {run: [sh, -c, 'echo "$SHOP_TOKEN $DB_PASSWORD"; echo "$DATABASE_URL and $SHOP_KEY" >&2; exit 3']}}
  - {at: 3s, fault: command, for: 1s, apply: [sh, -c, 'echo "no: $DB_PASSWORD $DATABASE_URL" >&2; exit 1'], verify: [test, -e, %[2]s-2], revert: ["true"]}
settle: 2s
objectives: {rto: 10s, rpo: 0s}
`, chatty(t, broken).URL, broken)
	if err := os.WriteFile(scenario, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	ask := func(args ...string) string {
		_, out := d.exit(args...)
		if where := leaked([]byte(out)); where != "" {
			t.Errorf("%v tells a secret: %s", args, where)
		}
		return out
	}
	if out := ask("run", scenario, "--log-level", "debug", "--output", "json"); !strings.Contains(out, "${DB_PASSWORD}") || !strings.Contains(out, "postgres://app:${DATABASE_URL}@") {
		t.Errorf("what the programs printed is not told with the names of the secrets:\n%s", out)
	}
	if got, want := box.with("/s3cret-hook"), []string{"drill.started", "fault.applied", "fault.reverted", "fault.unproved", "fault.reverted", "drill.finished"}; !slices.Equal(got, want) {
		t.Errorf("the webhook was told %q, want %q", got, want)
	}
	if len(box.with("/v1/traces")) != 1 || len(box.with("/api/annotations")) != 3 {
		t.Errorf("no trace, or not three annotations: %q", box.got)
	}
	for _, args := range [][]string{{"doctor"}, {"runs"}, {"history"}, {"history", "--json"}, {"history", "--drill", "own", "--trend", "rto", "--chart", filepath.Join(d.state, "rto.svg")}, {"quarter"}, {"quarter", "--json"}, {"quarter", "--html"},
		{"verify", "--json"}, {"findings", "--json"}, {"analyze", "last"}, {"validate", scenario}, {"plan", scenario}, {"recover"}} {
		ask(args...)
	}
	for _, f := range reports.All() {
		if out := ask("report", "last", "--output", f.Name); len(out) < 100 {
			t.Errorf("%s: %q", f.Name, out)
		}
	}
	holdNoSecrets(t, d.state, dir)
}

// holdNoSecrets looks for planted secrets in every file but those that hold none of
// drillctl's.
func holdNoSecrets(t *testing.T, dirs ...string) {
	t.Helper()
	var files []string
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				files = append(files, filepath.Base(path))
				var b []byte
				if b, err = os.ReadFile(path); leaked(b) != "" {
					t.Errorf("%s tells a secret: %s", path, leaked(b))
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"record.json", "events.jsonl", "journal.jsonl", "statement.json", "scenario.yaml", "history.db", "chain.jsonl", "summary.md"} {
		if !slices.Contains(files, want) {
			t.Errorf("%s was not there to be looked at", want)
		}
	}
}

// Secrets that are written into a scenario are refused, and not quoted.
func TestWrittenSecretsAreRefused(t *testing.T) {
	for _, c := range []string{
		`read: {path: /x, headers: {Authorization: Bearer s3cret}}`, `read: {path: "/x?a=1&api_key=s3cret"}`, `read: {path: /x, headers: {cookie: "id=s3cret"}}`,
	} {
		path := filepath.Join(t.TempDir(), "own.yaml")
		src := "apiVersion: drillctl/v1\nname: own\nsystem: {url: \"https://me:s3cret@api.example.com\"}\nload:\n  rate: 10/s\n  " + c + "\nsteps: [{at: 0s, fault: external, for: 10m}]\nobjectives: {rto: 1s}\n"
		if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, said := invoke("validate", path)
		if code != exit.Usage || !strings.Contains(out+said, "take it from the environment") && !strings.Contains(out+said, "as ${NAME}") || !strings.Contains(out+said, "no password") {
			t.Errorf("%s: exit %d\n%s%s", c, code, out, said)
		}
		if where := leaked([]byte(out + said)); where != "" {
			t.Errorf("%s is quoted: %s", c, where)
		}
	}
}
