package faults

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

// A switchboard is a host whose commands are words: on, off and isOn act on a
// lamp; fail and hang do what they say.
type switchboard struct {
	lit bool
	ran []string
}

func (s *switchboard) Ref() runtimes.Ref   { return runtimes.Ref{Runtime: "host", ID: runtimes.HostName} }
func (s *switchboard) Node() runtimes.Node { return runtimes.Node{Name: runtimes.HostName} }

func (s *switchboard) RunCommand(ctx context.Context, _ string, argv []string) (int, string, error) {
	s.ran = append(s.ran, argv[0])
	switch argv[0] {
	case "on":
		s.lit = true
	case "off":
		s.lit = false
	case "isOn":
		if !s.lit {
			return 1, "", nil
		}
	case "fail":
		return 3, "one\nno such lamp\n", nil
	case "hang":
		<-ctx.Done()
		return -1, "", context.Cause(ctx)
	case "none":
		return -1, "", errors.New("none: no such file")
	}
	return 0, "", nil
}

func TestCommand(t *testing.T) {
	f := &Command{Apply: []string{"on"}, Verify: []string{"isOn"}, Revert: []string{"off"}, Timeout: time.Second}
	board := &switchboard{}
	armed, err := f.Arm(t.Context(), []Target{{Instance: board}})
	if err != nil {
		t.Fatal(err)
	}
	holds := func(want, ok bool) {
		t.Helper()
		e, err := armed.Verify(t.Context(), want)
		if err != nil || len(e) != 1 || e[0].OK != ok {
			t.Fatalf("verify %v: %+v, %v; want %v", want, e, err, ok)
		}
	}
	holds(false, true)
	holds(true, false)
	before := time.Now()
	if at, err := armed.Fire(t.Context()); err != nil || at[runtimes.HostName] <= 0 || time.Since(before) > time.Minute {
		t.Fatalf("fire: %v, %v", at, err)
	}
	holds(true, true)
	holds(false, false)
	for range 2 { // safe to repeat
		if err := f.Undo(t.Context(), board); err != nil {
			t.Fatal(err)
		}
	}
	holds(false, true)
}

func TestCommandsThatFailAreErrors(t *testing.T) {
	for _, tt := range []struct{ argv, want string }{
		{"fail", "apply: exit status 3: no such lamp"}, {"none", "apply: none: no such file"}, {"hang", "it took longer than 10ms"},
	} {
		f := &Command{Apply: []string{tt.argv}, Verify: []string{tt.argv}, Revert: []string{tt.argv}, Timeout: 10 * time.Millisecond}
		board := &switchboard{}
		armed, err := f.Arm(t.Context(), []Target{{Instance: board}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := armed.Fire(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("apply %s: %v, want %q", tt.argv, err, tt.want)
		}
		if err := f.Undo(t.Context(), board); err == nil {
			t.Errorf("revert %s is no error", tt.argv)
		}
		e, err := armed.Verify(t.Context(), true)
		if tt.argv == "fail" && (err != nil || e[0].OK) || tt.argv != "fail" && (err == nil || len(e) > 0) {
			t.Errorf("verify %s: %+v, %v", tt.argv, e, err)
		}
	}
}

func TestCommandCheck(t *testing.T) {
	ok := []string{"x"}
	for key, f := range map[string]*Command{
		"apply": {Apply: []string{}, Verify: ok, Revert: ok, Timeout: 1}, "verify": {Apply: ok, Verify: []string{""}, Revert: ok, Timeout: 1},
		"revert": {Apply: ok, Verify: ok, Revert: []string{}, Timeout: 1}, "timeout": {Apply: ok, Verify: ok, Revert: ok},
	} {
		if p := f.Check(); len(p) != 1 || p[key] == "" {
			t.Errorf("%s: %v", key, fmt.Sprint(p))
		}
	}
}
