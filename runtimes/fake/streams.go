package fake

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

// Logs implements [runtimes.Logger]: a line "started NAME" for each start, and
// what Print has added.
func (in *Instance) Logs(ctx context.Context) (io.ReadCloser, error) {
	if err := in.r.begin(ctx, in.node.Name, Logs, ""); err != nil {
		return nil, err
	}
	return &logReader{in: in, ended: ctx.Done(), closed: make(chan struct{})}, nil
}

type logReader struct {
	in      *Instance
	at      int
	ended   <-chan struct{}
	closed  chan struct{}
	closing sync.Once
}

func (l *logReader) Read(p []byte) (int, error) {
	for last := false; ; {
		l.in.r.mu.Lock()
		n := copy(p, l.in.log[l.at:])
		l.at += n
		grown := l.in.grown
		l.in.r.mu.Unlock()
		if n > 0 || len(p) == 0 {
			return n, nil
		}
		if last {
			return 0, io.EOF
		}
		select {
		case <-grown:
		case <-l.ended:
			last = true
		case <-l.in.r.life:
			last = true
		case <-l.closed:
			last = true
		}
	}
}

func (l *logReader) Close() error {
	l.closing.Do(func() { close(l.closed) })
	return nil
}

// lease is how long a helper may take to end after its stdin has. Its ctx ends
// then, as a stand-in for SIGKILL.
const lease = 2 * time.Second

// RunInNet implements [runtimes.InNet] with the Runtime's Helper.
func (in *Instance) RunInNet(ctx context.Context, args []string) (runtimes.Process, error) {
	if in.r.Helper == nil {
		return nil, fmt.Errorf("running a helper in a fake without Helper: %w", runtimes.ErrUnsupported)
	}
	if err := in.r.begin(ctx, in.node.Name, Run, strings.Join(args, " ")); err != nil {
		return nil, err
	}
	theirIn, stdin := io.Pipe()
	stdout, theirOut := io.Pipe()
	life, kill := context.WithCancel(context.Background())
	p := &helper{stdin: stdin, stdout: stdout, kill: kill, done: make(chan struct{})}
	call := HelperCall{Node: in.Node(), Args: args, Stdin: theirIn, Stdout: theirOut}
	in.r.helpers.Go(func() {
		defer close(p.done)
		defer theirOut.Close()
		defer theirIn.Close()
		p.err = in.r.Helper(life, call)
	})
	stop := context.AfterFunc(ctx, p.end)
	in.r.helpers.Go(func() {
		defer stop()
		select {
		case <-p.done:
		case <-in.r.life:
			p.end()
		}
	})
	return p, nil
}

// A helper is a goroutine that stands for a process.
type helper struct {
	stdin  *io.PipeWriter
	stdout *io.PipeReader
	kill   context.CancelFunc
	done   chan struct{}
	err    error // of the helper, once done is closed
	ending sync.Once
	late   error
}

func (p *helper) Write(b []byte) (int, error) { return p.stdin.Write(b) }
func (p *helper) Read(b []byte) (int, error)  { return p.stdout.Read(b) }

// CloseWrite ends the lease.
func (p *helper) CloseWrite() error { return p.stdin.Close() }

// Close ends the lease and waits, like that of a real runtime.
func (p *helper) Close() error {
	p.end()
	p.stdout.Close()
	if p.late != nil {
		return p.late
	}
	return p.err
}

func (p *helper) end() {
	p.ending.Do(func() {
		defer p.kill()
		p.stdin.Close()
		timer := time.NewTimer(lease)
		defer timer.Stop()
		select {
		case <-p.done:
			return
		case <-timer.C:
		}
		p.late = fmt.Errorf("the helper did not end within %v of the end of its stdin, and was killed", lease)
		p.kill()
		p.stdout.Close() // it may be writing
		<-p.done
	})
	<-p.done
}
