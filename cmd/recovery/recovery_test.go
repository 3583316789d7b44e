package recovery

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/docker"
)

// engine has a container of one run and, unless it is "", a network of another. It
// removes neither.
func engine(t *testing.T, container, network string) docker.Where {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.41")
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/version"):
			fmt.Fprint(w, `{"Version":"20.10.24","ApiVersion":"1.41"}`)
		case strings.HasSuffix(r.URL.Path, "/containers/json"):
			fmt.Fprintf(w, `[{"Id":"abcdef0123456789","Labels":{"drillctl.run":%q}}]`, container)
		case strings.HasSuffix(r.URL.Path, "/networks") && network != "":
			fmt.Fprintf(w, `[{"Id":"0123456789abcdef","Name":"n","Labels":{"drillctl.run":%q}}]`, network)
		case r.Method == http.MethodDelete:
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprint(w, `{"message":"driver failed to remove root filesystem"}`)
		default:
			fmt.Fprint(w, `[]`)
		}
	}))
	t.Cleanup(s.Close)
	return docker.Where{Host: "tcp://" + strings.TrimPrefix(s.URL, "http://")}
}

// Damage to a container that could not be removed is not gone.
func TestFailedRemovalIsNotGone(t *testing.T) {
	r := Look{Root: t.TempDir(), Engines: &subject.Engines{Where: engine(t, "dead", "")}}
	defer r.Engines.Close()
	ref := runtimes.Ref{Runtime: docker.Name, System: "dead", ID: "abcdef0123456789"}
	_, err := r.Opener(rundir.Dir{Root: r.Root, ID: "dead"})(t.Context(), ref)
	if err == nil || errors.Is(err, runtimes.ErrGone) || !strings.Contains(err.Error(), "driver failed") {
		t.Errorf("opening the runtime: %v", err)
	}
	if _, err := r.Opener(rundir.Dir{})(t.Context(), runtimes.Ref{Runtime: "process"}); !errors.Is(err, runtimes.ErrGone) {
		t.Errorf("a process runtime: %v", err)
	}
}

// A run that is asked for by 'last' is meant whole, with what it has on the engine;
// one that left nothing is not said to have.
func TestRecoverOfOneRun(t *testing.T) {
	where := engine(t, "20260101T000000-x-0001", "20260103T000000-x-0003")
	for _, tt := range []struct {
		run  string
		code int
		want string
	}{
		{"20260101T000000-x-0001", exit.Broken, "x-0001 left 1 container behind: drillctl recover 20260101T000000-x-0001\n"},
		{"20260102T000000-x-0002", exit.Passed, "nothing is outstanding\n"},
		{"20260103T000000-x-0003", exit.Passed, "x-0003 left 1 network behind: drillctl recover 20260103T000000-x-0003\nnothing is in force: a network alone breaks nothing\n"},
	} {
		root := t.TempDir()
		if _, err := rundir.Create(root, tt.run); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		r := Look{Env: terminal.Env{Out: &out}, Root: root, Engines: &subject.Engines{Where: where}}
		err := r.Run(t.Context(), Options{Runs: []string{"last"}, Check: true})
		if exit.Code(err) != tt.code || !strings.HasSuffix(out.String(), tt.want) || strings.Count(out.String(), "\n") != strings.Count(tt.want, "\n") {
			t.Errorf("%s: exit %d, %q", tt.run, exit.Code(err), out.String())
		}
		if err := r.Engines.Close(); err != nil {
			t.Error(err)
		}
	}
}

// What is removed only with --all is not promised without.
func TestRecoverAllSaysHow(t *testing.T) {
	var out strings.Builder
	r := Look{Env: terminal.Env{Out: &out}, Root: t.TempDir(), Engines: &subject.Engines{Where: engine(t, "theirs", "")}}
	defer r.Engines.Close()
	err := r.Run(t.Context(), Options{All: true, Check: true})
	if want := "theirs left 1 container behind: drillctl recover --all\n"; exit.Code(err) != exit.Broken || out.String() != want {
		t.Errorf("exit %d, %q", exit.Code(err), out.String())
	}
}

// An engine that was chosen and does not answer is told, by whatever would look there.
func TestEngineThatDoesNotAnswer(t *testing.T) {
	var out, errs strings.Builder
	env, root := terminal.Env{Out: &out, Err: &errs}, t.TempDir()
	g := &subject.Engines{Where: docker.Where{Host: "unix:///no/such.sock"}}
	r := Look{Env: env, Root: root, Engines: g}
	for name, look := range map[string]func() error{
		"recover":       func() error { return r.Run(t.Context(), Options{Check: true}) },
		"recover --all": func() error { return r.Run(t.Context(), Options{All: true, Check: true}) },
		"status":        func() error { return Status(t.Context(), env, root, g) },
	} {
		errs.Reset()
		if err := look(); err != nil || strings.Count(errs.String(), "is not known: ") != 1 {
			t.Errorf("%s: %v, told %q", name, err, errs.String())
		}
	}
}

// Where there most likely is no engine, only who asks what all runs left on it is told.
func TestNoEngine(t *testing.T) {
	for _, asked := range []bool{false, true} {
		var errs strings.Builder
		tellUnknown(terminal.Env{Err: &errs}, docker.ErrNoEngine, asked)
		if told := errs.Len() > 0; told != asked {
			t.Errorf("asked %v: %q", asked, errs.String())
		}
	}
}
