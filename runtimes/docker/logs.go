package docker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/internal/tail"
)

// A pump writes what a container prints into a file of the run directory, over
// all its restarts.
type pump struct {
	r    *Runtime
	id   string
	f    *os.File
	last string // time of the last line that is in the file
	wake chan struct{}
	stop context.CancelFunc
	done chan struct{}
}

// pumpLogs starts the pump of a member.
func (r *Runtime) pumpLogs(m *member) error {
	f, err := os.OpenFile(r.logPath(m), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("log of %s: %w", m.node.Name, err)
	}
	ctx, stop := context.WithCancel(r.life)
	p := &pump{r: r, id: m.id, f: f, wake: make(chan struct{}, 1), stop: stop, done: make(chan struct{})}
	r.mu.Lock()
	m.pump = p
	r.mu.Unlock()
	go p.run(ctx)
	return nil
}

func (r *Runtime) logPath(m *member) string {
	return filepath.Join(r.options.LogDir, m.node.Name+".log")
}

// retryEvery is how often a pump looks again at a container that does not run,
// should an event have been missed.
const retryEvery = time.Second

func (p *pump) run(ctx context.Context) {
	defer close(p.done)
	for ctx.Err() == nil {
		_ = p.copy(ctx, true) // ends with the container, or with ctx
		select {
		case <-p.wake:
		case <-time.After(retryEvery):
		case <-ctx.Done():
		}
	}
}

// woken by the events: the container runs again.
func (p *pump) kick() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// finish reads what is still to be had and closes the file.
func (p *pump) finish(ctx context.Context) {
	p.stop()
	<-p.done
	_ = p.copy(ctx, false) // what the engine no longer has cannot be had
	_ = p.f.Close()        // as above: evidence, best effort
}

// copy appends what came after the last line.
func (p *pump) copy(ctx context.Context, follow bool) error {
	res, err := p.r.e.cli.ContainerLogs(ctx, p.id, client.ContainerLogsOptions{
		ShowStdout: true, ShowStderr: true, Timestamps: true, Follow: follow, Since: p.last,
	})
	if err != nil {
		return err
	}
	defer res.Close()
	out, in := io.Pipe()
	var all sync.WaitGroup
	all.Go(func() {
		w := &lineWriter{w: in}
		_, err := stdcopy.StdCopy(w, w, res)
		_ = in.CloseWithError(errors.Join(err, io.EOF)) // never fails
	})
	err = p.lines(bufio.NewReader(out), p.last)
	_ = out.Close() // never fails
	all.Wait()
	return err
}

// A lineWriter passes whole frames on: stdout and stderr share one file.
type lineWriter struct{ w io.Writer }

func (l *lineWriter) Write(b []byte) (int, error) { return l.w.Write(b) }

// lines strips the time from each line and leaves out those that are in the
// file: the engine counts "since" in whole nanoseconds and includes it.
func (p *pump) lines(in *bufio.Reader, since string) error {
	for {
		line, err := in.ReadString('\n')
		if stamp, text, ok := strings.Cut(line, " "); ok && after(stamp, since) {
			if _, err := p.f.WriteString(text); err != nil {
				return err
			}
			p.last = stamp
		}
		if err != nil {
			return err
		}
	}
}

// after compares two of the engine's times; what is no time passes.
func after(stamp, since string) bool {
	if since == "" {
		return true
	}
	a, errA := time.Parse(time.RFC3339Nano, stamp)
	b, errB := time.Parse(time.RFC3339Nano, since)
	return errA != nil || errB != nil || a.After(b)
}

// Logs implements [runtimes.Logger]: stdout and stderr from the start of the
// container. After ctx or the Runtime has ended the reader gives what has been
// written until then, and io.EOF. The caller closes it.
func (i *Instance) Logs(ctx context.Context) (io.ReadCloser, error) {
	if err := i.r.alive(ctx); err != nil {
		return nil, err
	}
	i.r.mu.Lock()
	pumped := i.m.pump != nil
	i.r.mu.Unlock()
	if pumped {
		return tail.Follow(ctx, i.r.logPath(i.m), i.r.closed)
	}
	return i.engineLogs(ctx)
}

// engineLogs is for containers of others, whose logs stay where they are.
func (i *Instance) engineLogs(ctx context.Context) (io.ReadCloser, error) {
	ctx, stop := context.WithCancel(ctx)
	context.AfterFunc(i.r.life, stop)
	res, err := i.r.e.cli.ContainerLogs(ctx, i.m.id, client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Follow: true})
	if err != nil {
		stop()
		return nil, i.explain("following the log of", err)
	}
	out, in := io.Pipe()
	go func() {
		defer stop()
		defer res.Close()
		_, err := stdcopy.StdCopy(in, in, res)
		if ctx.Err() != nil {
			err = nil
		}
		_ = in.CloseWithError(err) // never fails
	}()
	return out, nil
}
