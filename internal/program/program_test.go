package program

import (
	"context"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestRun(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("uses sh")
	}
	sh := func(script string) []string { return []string{"sh", "-c", script} }
	tests := []struct {
		name    string
		argv    []string
		exit    int
		output  string
		problem string
	}{
		{"both streams", sh("echo out; echo err >&2"), 0, "out\nerr\n", ""},
		{"a status", sh("echo why; exit 3"), 3, "why\n", "exit status 3"},
		{"no such program", []string{"/no/such/program"}, -1, "", "no such file"},
		{"nothing", nil, -1, "", "no program"},
		{"killed", sh("kill -TERM $$"), -1, "", "signal: terminated"},
		{"no shell", []string{"echo", "$HOME; exit 1"}, 0, "$HOME; exit 1\n", ""},
		{"environment", sh("printf %s \"$DRILL\""), 0, "yes", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := Run(t.Context(), tt.argv, append(os.Environ(), "DRILL=yes"))
			if r.Exit != tt.exit || r.Output != tt.output || r.OK() != (tt.problem == "") || !strings.Contains(r.Problem(), tt.problem) {
				t.Errorf("%+v (%s), want exit %d, output %q, problem %q", r, r.Problem(), tt.exit, tt.output, tt.problem)
			}
		})
	}
}

// What takes too long is ended with all that it has started.
func TestRunEndsInTime(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("process groups are ended on Linux only")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	ended := make(chan Result)
	go func() { ended <- Run(ctx, []string{"sh", "-c", "echo begun; sleep 600 & sleep 600"}, os.Environ()) }()
	select {
	case r := <-ended:
		if r.OK() || r.Output != "begun\n" || !strings.Contains(r.Problem(), "after its time") {
			t.Errorf("%+v", r)
		}
	case <-time.After(time.Minute):
		t.Fatal("it was not ended")
	}
}

func TestTheEndOfLongOutputIsKept(t *testing.T) {
	var out Last
	for range 3 {
		if _, err := out.Write([]byte(strings.Repeat("x", Tail-10) + "the end")); err != nil {
			t.Fatal(err)
		}
	}
	if s := out.String(); !strings.HasPrefix(s, "…") || !strings.HasSuffix(s, "the end") || len(s) != Tail+len("…") {
		t.Errorf("%d bytes, ends with %q", len(s), s[len(s)-10:])
	}
}
