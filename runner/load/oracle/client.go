package oracle

import (
	"context"
	"io"
	"sync"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/load"
	"github.com/drillctl/drillctl/runtimes"
)

// A Client is a client node that is this very process: it runs the load worker
// in a goroutine, over pipes, with the same protocol.
type Client struct{}

// RunInNet implements runtimes.InNet. The arguments do not matter: there is only
// the load worker.
func (Client) RunInNet(ctx context.Context, _ []string) (runtimes.Process, error) {
	ctx, cancel := context.WithCancel(ctx)
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	p := &process{Writer: inW, Reader: outR, in: inW, out: outR, cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		err := load.Serve(ctx, inR, outW)
		inR.CloseWithError(io.ErrClosedPipe)
		outW.CloseWithError(err) // nil is EOF
	}()
	return p, nil
}

type process struct {
	io.Writer
	io.Reader
	in     *io.PipeWriter
	out    *io.PipeReader
	cancel context.CancelFunc
	ended  chan struct{}
}

func (p *process) CloseWrite() error { return p.in.Close() }

func (p *process) Close() error {
	p.cancel()
	p.in.Close()
	p.out.Close()
	<-p.ended
	return nil
}

// A Tape is a sink that keeps everything.
type Tape struct {
	mu  sync.Mutex
	all []drill.Sample
}

// Samples implements load.Sink.
func (t *Tape) Samples(batch []drill.Sample) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = append(t.all, batch...)
}

// All is what was taken so far, in the order of the requests' ends.
func (t *Tape) All() []drill.Sample {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]drill.Sample(nil), t.all...)
}
