package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

// grace is how long a child may take to end once its stdin has ended.
const grace = 3 * time.Second

// A child is this very binary as a process of this machine. Its stdin is its
// lease; on Linux the kernel ends it with us besides.
type child struct {
	in     io.WriteCloser
	out    io.ReadCloser
	err    *tail
	kill   context.CancelFunc
	exited chan struct{}
	how    error // set before exited is closed
	once   sync.Once
}

// RunInNet implements runtimes.InNet: the network of this machine is the host's.
func (i *Instance) RunInNet(ctx context.Context, args []string) (runtimes.Process, error) {
	ctx, kill := context.WithCancel(ctx)
	c := exec.CommandContext(ctx, i.exe, args...)
	c.WaitDelay = grace
	leased(c)
	p := &child{err: &tail{}, kill: kill, exited: make(chan struct{})}
	c.Stderr = p.err
	// A pipe of our own: Wait would close the command's under the reader.
	out, theirs, err := os.Pipe()
	if err == nil {
		p.out, c.Stdout = out, theirs
		p.in, err = c.StdinPipe()
	}
	if err == nil {
		started := make(chan error)
		go p.live(c, started)
		err = errors.Join(<-started, theirs.Close())
	}
	if err != nil {
		kill()
		if out != nil {
			_ = out.Close() // only read from
		}
		return nil, fmt.Errorf("run %s: %w", args[0], err)
	}
	return p, nil
}

// live starts the child and stays with it on one thread: the parent-death signal
// of Linux is about threads.
func (p *child) live(c *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := c.Start()
	started <- err
	if err == nil {
		p.how = c.Wait()
		close(p.exited)
	}
}

func (p *child) Write(b []byte) (int, error) { return p.in.Write(b) }

func (p *child) Read(b []byte) (int, error) { return p.out.Read(b) }

// CloseWrite implements runtimes.Process.
func (p *child) CloseWrite() error { return p.in.Close() }

// Close implements runtimes.Process. A child that does not end by itself is
// killed.
func (p *child) Close() error {
	p.once.Do(func() {
		_ = p.in.Close() // closed already, or the child has gone
		_ = p.out.Close()
		select {
		case <-p.exited:
		case <-time.After(grace):
			p.kill()
			<-p.exited
		}
		p.kill()
	})
	var ended *exec.ExitError
	if errors.As(p.how, &ended) && ended.ExitCode() > 0 {
		return fmt.Errorf("%w: %s", p.how, p.err)
	}
	return nil
}

// A tail keeps the end of what a child says on stderr.
type tail struct {
	mu   sync.Mutex
	said []byte
}

const maxSaid = 2 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.said = append(t.said, b...)
	t.said = bytes.Clone(t.said[max(0, len(t.said)-maxSaid):])
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.said))
}
