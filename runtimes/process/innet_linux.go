package process

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/drillctl/drillctl/runtimes"
)

// lease is how long a helper may take to end after its stdin has.
const lease = 2 * time.Second

// An inNet is a helper process. We hold its pipes ourselves, so that they
// close when we die.
type inNet struct {
	client        *client
	id            int
	stdin, stdout *os.File
	ending        sync.Once
	err           error
	forget        func() bool // ctx
}

func (c *client) runInNet(ctx context.Context, name string, args []string) (runtimes.Process, error) {
	theirIn, stdin, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("running a helper in %s: %w", name, err)
	}
	defer theirIn.Close()
	stdout, theirOut, err := os.Pipe()
	if err != nil {
		stdin.Close()
		return nil, fmt.Errorf("running a helper in %s: %w", name, err)
	}
	defer theirOut.Close()
	a, err := c.call(ctx, opRun, request{Name: name, Args: args}, int(theirIn.Fd()), int(theirOut.Fd()))
	if err != nil {
		stdin.Close()
		stdout.Close()
		return nil, err
	}
	p := &inNet{client: c, id: a.Helper, stdin: stdin, stdout: stdout}
	p.forget = context.AfterFunc(ctx, p.end)
	return p, nil
}

func (p *inNet) Write(b []byte) (int, error) { return p.stdin.Write(b) }
func (p *inNet) Read(b []byte) (int, error)  { return p.stdout.Read(b) }

// CloseWrite ends the lease. It is safe to repeat.
func (p *inNet) CloseWrite() error {
	if err := p.stdin.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// Close ends the lease and waits until the helper has ended; if it takes too
// long it is killed. The error tells when it did not end well. What it printed
// last can be read before, but not after. It is safe to repeat.
func (p *inNet) Close() error {
	p.end()
	p.forget()
	if err := p.stdout.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return errors.Join(p.err, err)
	}
	return p.err
}

func (p *inNet) end() {
	p.ending.Do(func() { p.err = errors.Join(p.CloseWrite(), p.finish()) })
}

func (p *inNet) finish() error {
	ctx, cancel := context.WithTimeout(context.Background(), lease)
	defer cancel()
	a, err := p.client.call(ctx, opWait, request{Helper: p.id})
	if errors.Is(err, runtimes.ErrGone) {
		return nil // with the host
	}
	if err == nil {
		if a.Note != "exit status 0" {
			return fmt.Errorf("the helper ended with %s; see helpers.log", a.Note)
		}
		return nil
	}
	killing, cancel := context.WithTimeout(context.Background(), lease)
	defer cancel()
	_, err = p.client.call(killing, opEnd, request{Helper: p.id})
	if err == nil {
		_, err = p.client.call(killing, opWait, request{Helper: p.id})
	}
	return errors.Join(fmt.Errorf("the helper did not end within %v of the end of its stdin, and was killed", lease), err)
}

// dial gets a connecting socket from the host and waits until it has connected.
func (c *client) dial(ctx context.Context, name, network, address string) (net.Conn, error) {
	a, err := c.call(ctx, opDial, request{Name: name, Network: network, Address: address})
	if err != nil {
		return nil, err
	}
	if len(a.fds) != 1 {
		closeAll(a.fds)
		return nil, fmt.Errorf("dialing %s: the process host sent no socket", address)
	}
	f := os.NewFile(uintptr(a.fds[0]), address)
	defer f.Close()
	if err := awaitConnect(ctx, f); err != nil {
		return nil, fmt.Errorf("dialing %s: %w", address, err)
	}
	conn, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("dialing %s: %w", address, err)
	}
	return conn, nil
}

// awaitConnect waits until the socket f can be written to and is connected.
func awaitConnect(ctx context.Context, f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = f.SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()
	var outcome error
	err = raw.Write(func(fd uintptr) bool {
		code, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_ERROR)
		if err != nil || code != 0 {
			outcome = errors.Join(err, os.NewSyscallError("connect", unix.Errno(code)))
			return true
		}
		_, err = unix.Getpeername(int(fd))
		return err == nil // otherwise still connecting
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errors.Join(err, outcome)
}
