package cmd

import (
	"bytes"
	"io"
	"slices"
	"sync"
)

// An idSet is the runs that are under way.
type idSet struct {
	mu  sync.Mutex
	ids []string
}

func (s *idSet) add(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids = append(s.ids, id)
}

func (s *idSet) remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids = slices.DeleteFunc(s.ids, func(x string) bool { return x == id })
}

func (s *idSet) list() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ids)
}

// prefixed writes whole lines, each with the name of who wrote it, so that
// several drills can share one stream.
type prefixed struct {
	w      io.Writer
	mu     *sync.Mutex // of the stream
	prefix string
	part   []byte
}

func (p *prefixed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.part = append(p.part, b...)
	for {
		line, rest, whole := bytes.Cut(p.part, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		if _, err := io.WriteString(p.w, p.prefix+string(line)+"\n"); err != nil {
			return 0, err
		}
		p.part = rest
	}
}

// flush ends a line that nobody ended.
func (p *prefixed) flush() {
	if len(p.part) > 0 {
		_, _ = p.Write([]byte("\n"))
	}
}
