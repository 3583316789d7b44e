// Package live shows a drill while it runs: a few lines redrawn in place on a
// terminal, plain lines elsewhere. It reads no clock: time is what the states
// say.
package live

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"time"
)

// A State is what the drill looks like at one moment.
type State struct {
	Phase    string
	Elapsed  time.Duration  // since the load began
	Total    time.Duration  // when the drill should be over, 0 if unknown
	Rate     float64        // requests answered or failed per second
	Success  float64        // ratio, negative when nothing was seen
	P99      time.Duration  // of good requests
	ByRegion map[string]int // requests served in the last second
	Faults   []string       // in force
	Acked    uint64         // writes acknowledged so far; 0 is not shown
	Note     string
}

// Options say where the view is shown. Width is asked before each frame, so that
// it follows the window; nil means 80 columns.
type Options struct {
	TTY   bool
	Quiet bool // nothing at all, lines included
	Color bool
	ASCII bool
	Width func() int
}

// A View is shown on one writer by one drill. Its methods may be called from
// several goroutines. Errors of the writer are dropped: a drill does not end
// because nobody looks.
type View struct {
	w    io.Writer
	opts Options

	mu      sync.Mutex
	closed  bool
	drawn   []int // columns of each line on the screen
	width   int   // of the screen when they were drawn
	state   State
	started bool
	history history
	told    told
	partial []byte // of a line written with Write
}

// New returns a view that has shown nothing yet.
func New(w io.Writer, o Options) *View {
	if o.Width == nil {
		o.Width = func() int { return defaultWidth }
	}
	return &View{w: w, opts: o}
}

const defaultWidth = 80

// Update shows s. After Close it does nothing.
func (v *View) Update(s State) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed || v.opts.Quiet {
		return
	}
	v.state, v.started = s, true
	v.history.add(s)
	if v.opts.TTY {
		v.draw("")
		return
	}
	if line := v.told.news(s); line != "" {
		v.print(line)
	}
}

// Line shows text once, above the view; it stays when the view is gone.
func (v *View) Line(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.line(text)
}

func (v *View) line(text string) {
	switch {
	case v.opts.Quiet:
	case v.opts.TTY:
		v.draw(text + "\n")
	default:
		v.print(stamp(v.state.Elapsed) + " " + text)
	}
}

// Write shows whole lines above the view, without changing them, so that a
// logger can share the terminal with it. What is not ended by a line feed waits.
func (v *View) Write(p []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.partial = append(v.partial, p...)
	end := bytes.LastIndexByte(v.partial, '\n') + 1
	if end == 0 {
		return len(p), nil
	}
	text := string(v.partial[:end])
	v.partial = append(v.partial[:0], v.partial[end:]...)
	if v.opts.TTY && !v.opts.Quiet {
		v.draw(text)
		return len(p), nil
	}
	_, err := io.WriteString(v.w, text) // a log is not progress: --quiet does not silence it
	return len(p), err
}

// Close takes the view off the screen and leaves the lines above it. Safe to
// repeat.
func (v *View) Close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return
	}
	v.closed = true
	if v.opts.TTY && !v.opts.Quiet {
		v.draw("")
	}
}

func (v *View) print(line string) {
	_, _ = io.WriteString(v.w, strings.TrimRight(line, "\n")+"\n")
}
