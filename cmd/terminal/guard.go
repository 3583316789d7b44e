package terminal

import (
	"io"
	"os"
	"sync"
)

// A guard keeps what is printed in GitHub Actions from being taken as a workflow
// command: names, messages and what drilled programs print are foreign. The runner
// takes a line of stdout or stderr that begins with "::", or has "##[" anywhere
// (https://github.com/actions/runner, ActionCommand.TryParseV2 and TryParse). A
// blank is put between these characters; in JSON the bracket is escaped, so that a
// reader gets what was meant. Nothing is held back, however writes are cut.
type guard struct {
	mu     sync.Mutex
	w      io.Writer
	text   bool // a first letter was seen, and it does not begin JSON
	json   bool
	inLine bool // a letter of the line was seen
	colons int  // at the beginning of the line
	hashes int  // up to here
}

// Guarded is an environment whose streams are guarded where the runner reads them.
func Guarded(env Env) Env {
	if env.Getenv == nil || env.Getenv("GITHUB_ACTIONS") != "true" {
		return env
	}
	for _, w := range []*io.Writer{&env.Out, &env.Err} {
		if !intoFile(*w) {
			*w = &guard{w: *w}
		}
	}
	return env
}

// intoFile says that a stream goes into a file, where no runner looks.
func intoFile(w io.Writer) bool {
	if o, ok := w.(outlet); ok {
		w = o.Writer
	}
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode().IsRegular()
}

// Unguarded has the streams as they were, for what is no text, and for workflow
// commands of our own.
func Unguarded(env Env) Env {
	env.Out, env.Err = behind(env.Out), behind(env.Err)
	return env
}

// behind is what a guard stands before.
func behind(w io.Writer) io.Writer {
	if g, ok := w.(*guard); ok {
		return g.w
	}
	return w
}

func (g *guard) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := make([]byte, 0, len(p))
	for _, b := range p {
		out = append(out, g.before(b)...)
		if b == '[' && g.json && g.hashes >= 2 {
			out = append(out, `\u005b`...)
		} else {
			out = append(out, b)
		}
		g.pass(b)
	}
	if _, err := g.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// before is what must stand before a byte.
func (g *guard) before(b byte) string {
	if b == ':' && !g.inLine && g.colons == 1 || b == '[' && !g.json && g.hashes >= 2 {
		return " "
	}
	return ""
}

// pass remembers a byte. What is no letter of ASCII is looked through: the runner's
// comparison may skip it, as it skips blanks before a command.
func (g *guard) pass(b byte) {
	switch {
	case b == '\n' || b == '\r':
		g.inLine, g.colons, g.hashes = false, 0, 0
		return
	case b <= ' ' || b >= 0x7f:
		return
	}
	g.json = g.json || !g.text && (b == '{' || b == '[')
	g.text = true
	if b == ':' && !g.inLine {
		g.colons++
		g.inLine = g.colons > 1
	} else {
		g.inLine = true
	}
	if b == '#' {
		g.hashes++
	} else {
		g.hashes = 0
	}
}
