// Package terminal is where drillctl is called: its streams and variables, the
// operator who sits there, and Ctrl-C.
package terminal

import (
	"errors"
	"io"
	"os"
	"syscall"

	"golang.org/x/term"
)

// Env is all that a command touches of its process, so that tests can replace
// it. stdout carries the result that was asked for, and nothing else; progress,
// problems and logs go to stderr.
type Env struct {
	In     io.Reader
	Out    io.Writer
	Err    io.Writer
	Getenv func(string) string
	// OutTTY and ErrTTY say whether a person looks at the stream.
	OutTTY, ErrTTY bool
	// InTTY says that a person can answer.
	InTTY bool
	// Width is the terminal's width in columns, 80 when unknown.
	Width func() int
	// Exe is this executable: nodes, agents and load workers are the same.
	Exe string
}

// OS is the environment of a real process.
func OS() Env {
	exe, err := os.Executable()
	if err != nil {
		exe = os.Args[0]
	}
	outTTY, errTTY := term.IsTerminal(int(os.Stdout.Fd())), term.IsTerminal(int(os.Stderr.Fd()))
	return Env{
		In: os.Stdin, Out: outlet{os.Stdout, outTTY}, Err: outlet{os.Stderr, errTTY}, Getenv: os.Getenv,
		OutTTY: outTTY, ErrTTY: errTTY,
		InTTY: term.IsTerminal(int(os.Stdin.Fd())),
		Width: terminalWidth, Exe: exe,
	}
}

// An outlet is a stream that somebody may stop reading, which is no error of what is
// written: a drill ends as it would have, and its record is kept. A process that has
// not chosen to [Outlive] its readers does not come to that.
type outlet struct {
	io.Writer
	tty bool
}

func (o outlet) Write(b []byte) (int, error) {
	n, err := o.Writer.Write(b)
	if errors.Is(err, syscall.EPIPE) || o.tty && errors.Is(err, syscall.EIO) { // of a terminal that is gone
		return len(b), nil
	}
	return n, err
}

// DefaultWidth is in columns, where no terminal says.
const DefaultWidth = 80

func terminalWidth() int {
	for _, f := range []*os.File{os.Stderr, os.Stdout} {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return w
		}
	}
	return DefaultWidth
}

// Color says whether a stream may carry colour: a person looks at it and has
// not asked for none (https://no-color.org).
func (e Env) Color(tty bool) bool {
	return tty && e.Getenv("NO_COLOR") == "" && e.Getenv("TERM") != "dumb"
}

// Lookup finds a variable of the environment; an empty one counts as not set.
func (e Env) Lookup(name string) (string, bool) {
	v := e.Getenv(name)
	return v, v != ""
}
