package process

import (
	"context"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/drillctl/drillctl/runtimes"
)

// A helper is a process of RunInNet.
type helper struct {
	pid  int
	note string        // how it ended, set before done is closed
	done chan struct{} // closed when it is reaped
}

func (h *helper) ended(ws syscall.WaitStatus) {
	_ = syscall.Kill(-h.pid, syscall.SIGKILL)
	h.note = how(ws)
	close(h.done)
}

func (h *helper) frozen() {}

// runHelper starts this binary in the node's namespace. fds are its stdin and
// stdout, ends of pipes that the owner has the other ends of.
func (h *host) runHelper(name string, args []string, fds []int) (int, error) {
	n, err := h.node(name)
	if err != nil {
		return 0, err
	}
	if len(fds) != 2 {
		return 0, fmt.Errorf("running a helper in %s: got %d descriptors instead of 2", name, len(fds))
	}
	for _, fd := range fds {
		if err := unix.SetNonblock(fd, false); err != nil {
			return 0, fmt.Errorf("running a helper in %s: %w", name, os.NewSyscallError("fcntl", err))
		}
	}
	h.sup.mu.Lock()
	defer h.sup.mu.Unlock()
	p := &helper{done: make(chan struct{})}
	p.pid, err = h.sup.spawn(n.net, command{
		exe: h.config.Exe, args: args, env: h.config.Env,
		files: [3]uintptr{uintptr(fds[0]), uintptr(fds[1]), h.helperLog.Fd()},
	}, p)
	if err != nil {
		return 0, fmt.Errorf("running a helper in %s: %w", name, err)
	}
	h.lastHelper++
	h.helpers[h.lastHelper] = p
	return h.lastHelper, nil
}

func (h *host) helper(id int) (*helper, error) {
	h.sup.mu.Lock()
	defer h.sup.mu.Unlock()
	p := h.helpers[id]
	if p == nil {
		return nil, fmt.Errorf("helper %d: %w", id, runtimes.ErrGone)
	}
	return p, nil
}

// waitHelper waits for the helper's end, tells how it was, and forgets it.
func (h *host) waitHelper(ctx context.Context, id int) (string, error) {
	p, err := h.helper(id)
	if err != nil {
		return "", err
	}
	if err := wait(ctx, p.done); err != nil {
		return "", err
	}
	h.sup.mu.Lock()
	defer h.sup.mu.Unlock()
	delete(h.helpers, id)
	return p.note, nil
}

// endHelper kills the helper.
func (h *host) endHelper(id int) error {
	p, err := h.helper(id)
	if err != nil {
		return err
	}
	h.sup.mu.Lock()
	defer h.sup.mu.Unlock()
	select {
	case <-p.done:
	default:
		_ = syscall.Kill(-p.pid, syscall.SIGKILL)
	}
	return nil
}
