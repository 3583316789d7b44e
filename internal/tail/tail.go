// Package tail follows files that grow.
package tail

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// followEvery is how often a log is looked at again after its end. What is in
// it has its own time stamps, so this delays only the view.
const followEvery = 25 * time.Millisecond

// A Follower reads a growing file.
type Follower struct {
	f       *os.File
	closed  chan struct{}
	closing sync.Once
	ended   <-chan struct{} // of ctx
	gone    <-chan struct{}
}

// Follow opens the log at path. It is read as it grows, until ctx ends or gone is
// closed: then up to its end.
func Follow(ctx context.Context, path string, gone <-chan struct{}) (*Follower, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("following a log: %w", err)
	}
	return &Follower{f: f, closed: make(chan struct{}), ended: ctx.Done(), gone: gone}, nil
}

// Read waits for more at the end of the file, until there can be no more.
func (l *Follower) Read(p []byte) (int, error) {
	for last := false; ; {
		n, err := l.f.Read(p)
		if n > 0 || len(p) == 0 || err != nil && err != io.EOF {
			return n, err
		}
		if last {
			return 0, io.EOF
		}
		last = l.rest()
	}
}

// rest waits a little, and says whether what is in the file now is all.
func (l *Follower) rest() (last bool) {
	timer := time.NewTimer(followEvery)
	defer timer.Stop()
	select {
	case <-timer.C:
		return false
	case <-l.ended:
	case <-l.gone:
	case <-l.closed:
	}
	return true
}

// Close ends a Read that waits. It is safe to repeat.
func (l *Follower) Close() error {
	var err error
	l.closing.Do(func() {
		close(l.closed)
		err = l.f.Close()
	})
	return err
}
