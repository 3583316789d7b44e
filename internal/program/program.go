// Package program runs one program to its end, never through a shell, and keeps
// the end of what it printed.
package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// A Result is how a program ended.
type Result struct {
	Exit   int    `json:"exit"`   // its exit status; -1 when a signal ended it
	Output string `json:"output"` // the end of stdout and stderr together
	// Err is why it could not be run, or was ended by us; "" when it ended by
	// itself, whatever its status.
	Err string `json:"err,omitempty"`
}

// OK says that the program ran and ended with status 0.
func (r Result) OK() bool { return r.Err == "" && r.Exit == 0 }

// Problem says in a few words what went wrong, "" when nothing did.
func (r Result) Problem() string {
	switch {
	case r.Err != "":
		return r.Err
	case r.Exit != 0:
		return fmt.Sprintf("exit status %d", r.Exit)
	}
	return ""
}

// Tail is how many bytes of output are kept.
const Tail = 4 << 10

// patience is how long the output of an ended program is waited for: a child
// that it left behind may hold it open.
const patience = 500 * time.Millisecond

// Run runs argv with env until it ends or ctx does, which ends it and all that it
// has started. On Linux it dies with us.
func Run(ctx context.Context, argv, env []string) Result { return RunIn(ctx, "", argv, env) }

// RunIn is Run in a directory; "" is where we are.
func RunIn(ctx context.Context, dir string, argv, env []string) Result {
	if len(argv) == 0 {
		return Result{Exit: -1, Err: "no program is given"}
	}
	var out Last
	c := exec.CommandContext(ctx, argv[0], argv[1:]...)
	c.Dir = dir
	c.Env, c.Stdout, c.Stderr, c.WaitDelay = env, &out, &out, patience
	alone(c)
	err := c.Run()
	r := Result{Exit: -1, Output: out.String()}
	if c.ProcessState != nil {
		r.Exit = c.ProcessState.ExitCode()
	}
	var ended *exec.ExitError
	switch {
	case ctx.Err() != nil:
		r.Err = "ended after its time: " + context.Cause(ctx).Error()
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
	case errors.As(err, &ended):
		if r.Exit < 0 {
			r.Err = ended.String()
		}
	default:
		r.Err = err.Error()
	}
	return r
}

// A Last keeps the last bytes written to it, Tail of them. The zero Last is empty.
type Last struct {
	kept []byte
	cut  bool
}

var _ io.Writer = (*Last)(nil)

// Write implements io.Writer; it never fails.
func (t *Last) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - Tail; over > 0 {
		t.kept, t.cut = append(t.kept[:0], t.kept[over:]...), true
	}
	return len(p), nil
}

// String is what was kept, after a mark where more was written.
func (t *Last) String() string {
	if t.cut {
		return "…" + string(t.kept)
	}
	return string(t.kept)
}
