package terminal

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner"
)

func TestOperator(t *testing.T) {
	tests := []struct {
		name, typed string
		yes         bool
		ok          bool
		says        string
	}{
		{"enter", "\n", false, true, ""},
		{"yes", "Yes\n", false, true, ""},
		{"no", "no\n", false, false, "said no"},
		{"asked again", "perhaps\ny\n", false, true, "no answer"},
		{"hung up", "", false, false, "terminal is gone"},
		{"beforehand", "", true, true, "--yes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var said []string
			o := NewDesk(strings.NewReader(tt.typed)).Operator(tt.yes, func(s string) { said = append(said, s) })
			who, err := o.Confirm(t.Context(), "is it so?")
			if (err == nil) != tt.ok || tt.ok && who == "" {
				t.Errorf("%q, %v", who, err)
			}
			all := strings.Join(append(said, who, errors.Join(err, errors.New("")).Error()), "\n")
			if !strings.Contains(all, "is it so?") || !strings.Contains(all, tt.says) {
				t.Errorf("said %q, want %q in it", all, tt.says)
			}
		})
	}
}

// A question that nobody answers ends with its time; the answer to the next one
// still counts.
func TestOperatorTimesOut(t *testing.T) {
	in, typed := io.Pipe()
	o := NewDesk(in).Operator(false, func(string) {})
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("too late"))
	if _, err := o.Confirm(ctx, "?"); err == nil || err.Error() != "too late" {
		t.Errorf("%v", err)
	}
	go func() { _, _ = io.WriteString(typed, "\n") }()
	if _, err := o.Confirm(t.Context(), "?"); err != nil {
		t.Error(err)
	}
	typed.Close()
}

func TestADrillThatAsksNeedsATerminal(t *testing.T) {
	asks := runner.Plan{Actions: []runner.Action{{Spec: drill.ActionSpec{Kind: drill.ActionConfirm}}}}
	runs := runner.Plan{Actions: []runner.Action{{Spec: drill.ActionSpec{Kind: drill.ActionRun}}}}
	for _, tt := range []struct {
		plan     runner.Plan
		tty, yes bool
		ci       string
		ok       bool
	}{{asks, false, false, "", false}, {asks, true, false, "", true}, {asks, true, false, "true", false}, {asks, true, false, "false", true},
		{asks, false, true, "true", true}, {runs, false, false, "true", true}} {
		err := NeedOperator(Env{InTTY: tt.tty, Getenv: func(string) string { return tt.ci }}, tt.plan, tt.yes)
		if (err == nil) != tt.ok || err != nil && exit.Code(err) != exit.Usage {
			t.Errorf("terminal %v, --yes %v, CI=%s: %v", tt.tty, tt.yes, tt.ci, err)
		}
	}
}
