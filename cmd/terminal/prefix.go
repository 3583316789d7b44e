package terminal

import (
	"bytes"
	"io"
	"sync"
)

// Prefixed writes whole lines, each with the name of who wrote it, so that
// several drills can share one stream.
type Prefixed struct {
	W      io.Writer
	Mu     *sync.Mutex // of the stream
	Prefix string
	part   []byte
}

func (p *Prefixed) Write(b []byte) (int, error) {
	p.Mu.Lock()
	defer p.Mu.Unlock()
	p.part = append(p.part, b...)
	for {
		line, rest, whole := bytes.Cut(p.part, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		if _, err := io.WriteString(p.W, p.Prefix+string(line)+"\n"); err != nil {
			return 0, err
		}
		p.part = rest
	}
}

// Flush ends a line that nobody ended.
func (p *Prefixed) Flush() {
	if len(p.part) > 0 {
		_, _ = p.Write([]byte("\n"))
	}
}
