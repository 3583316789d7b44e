package process

import (
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/drillctl/drillctl/runtimes"
)

// A netThread is an OS thread in a network namespace of its own. What must
// happen in there (opening sockets, starting processes) is handed to it. The
// namespace lives as long as the thread and the processes started by it, so
// a node that is restarted finds its addresses again.
type netThread struct {
	tid  int
	work chan func()
	quit chan struct{}
}

func newNetThread() (*netThread, error) {
	t := &netThread{work: make(chan func()), quit: make(chan struct{})}
	ready := make(chan error)
	go t.run(ready)
	if err := <-ready; err != nil {
		return nil, err
	}
	return t, nil
}

func (t *netThread) run(ready chan<- error) {
	// Never unlocked: the thread must end with this goroutine, since its
	// namespace is no place for other goroutines.
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		ready <- fmt.Errorf("making a network namespace: %w", err)
		return
	}
	t.tid = unix.Gettid()
	ready <- nil
	for {
		select {
		case fn := <-t.work:
			fn()
		case <-t.quit:
			return
		}
	}
}

// do runs fn on the thread and waits for it, or returns an error that wraps
// [runtimes.ErrGone]. fn must be short: it keeps all others of the node waiting.
func (t *netThread) do(fn func()) error {
	done := make(chan struct{})
	select {
	case t.work <- func() { defer close(done); fn() }:
		<-done
		return nil
	case <-t.quit:
		return fmt.Errorf("the node's network namespace: %w", runtimes.ErrGone)
	}
}

// close ends the thread, and with it (by parent-death signal) the processes
// that it started. It must be called once.
func (t *netThread) close() { close(t.quit) }
