// Package terminal is where drillctl is called: its streams and variables, the
// operator who sits there, and Ctrl-C.
package terminal

import (
	"io"
	"os"

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
	return Env{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv,
		OutTTY: term.IsTerminal(int(os.Stdout.Fd())), ErrTTY: term.IsTerminal(int(os.Stderr.Fd())),
		InTTY: term.IsTerminal(int(os.Stdin.Fd())),
		Width: terminalWidth, Exe: exe,
	}
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
