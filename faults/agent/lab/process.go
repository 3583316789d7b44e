//go:build linux

package lab

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/drillctl/drillctl/runtimes"
)

func setns(f *os.File) error { return unix.Setns(int(f.Fd()), unix.CLONE_NEWNET) }

// A Process is a helper in a host, which a test can kill.
type Process struct {
	cmd *exec.Cmd
	io.WriteCloser
	io.Reader
	ended sync.Once
	err   error
}

// CloseWrite implements runtimes.Process.
func (p *Process) CloseWrite() error {
	if err := p.WriteCloser.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// Close implements runtimes.Process.
func (p *Process) Close() error {
	p.ended.Do(func() {
		p.err = errors.Join(p.CloseWrite(), p.cmd.Wait())
	})
	return p.err
}

// Signal sends one to the helper.
func (p *Process) Signal(s syscall.Signal) error { return p.cmd.Process.Signal(s) }

// RunInNet implements runtimes.InNet. The test binary has to play the part that
// args name.
func (h *Host) RunInNet(ctx context.Context, args []string) (runtimes.Process, error) {
	return h.Start(ctx, args)
}

// Start is RunInNet with a handle to kill it by.
func (h *Host) Start(ctx context.Context, args []string) (*Process, error) {
	cmd := exec.CommandContext(ctx, "/proc/self/exe", args...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, w, err := os.Pipe() // not StdoutPipe: Wait would close it under a reader
	if err != nil {
		return nil, err
	}
	cmd.Stdout = w
	err = h.Do(cmd.Start)
	if err := errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	return &Process{cmd: cmd, WriteCloser: in, Reader: out}, nil
}
