package load

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/mono"
)

// A worker is the state of Serve between commands.
type worker struct {
	out    *frameWriter
	box    outbox
	attack *attack
	stats  *Stats // of the load that was stopped
}

// GCPercent is the garbage collector's target in a worker. Its live heap is a few
// megabytes: with Go's default it would collect a hundred times a second, and
// every collection may make a request late.
const GCPercent = 400

// Serve is the load worker, which has its process for itself: it takes commands from stdin and answers on stdout
// until it is told to quit, its stdin ends or ctx ends. Then requests under way
// are aborted, and what is in hand of samples is still sent.
func Serve(ctx context.Context, stdin io.Reader, stdout io.Writer) error {
	defer debug.SetGCPercent(debug.SetGCPercent(GCPercent))
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := &worker{out: &frameWriter{w: stdout}}
	if err := w.out.json(frameHello, Hello{Mono: mono.Now(), PID: os.Getpid()}); err != nil {
		return err
	}
	commands := make(chan Command)
	go readCommands(ctx, stdin, commands, cancel)
	flushed := make(chan struct{})
	go func() {
		defer close(flushed)
		w.flushUntil(ctx, cancel)
	}()
	defer func() {
		cancel(nil)
		<-flushed
	}()
	for {
		select {
		case <-ctx.Done():
			return w.end(ctx)
		case c := <-commands:
			if err := w.do(ctx, c); err != nil {
				cancel(err)
			}
		}
	}
}

// errLease is why a worker ends whose controller has gone or said so.
var errLease = errors.New("the lease is over")

// readCommands passes commands on and ends the lease with the input. To quit
// need not wait for the command before it.
func readCommands(ctx context.Context, stdin io.Reader, out chan<- Command, cancel context.CancelCauseFunc) {
	in := json.NewDecoder(bufio.NewReader(stdin))
	for {
		var c Command
		err := in.Decode(&c)
		switch {
		case errors.Is(err, io.EOF) || err == nil && c.Cmd == cmdQuit:
			cancel(errLease)
			return
		case err != nil:
			cancel(fmt.Errorf("load worker: read a command: %w", err))
			return
		}
		select {
		case out <- c:
		case <-ctx.Done():
			return
		}
	}
}

// do carries out one command and answers it. An error ends the worker: the
// controller cannot be told.
func (w *worker) do(ctx context.Context, c Command) error {
	body, err := w.carryOut(ctx, c)
	a := Answer{Seq: c.Seq}
	if err == nil {
		a.Body, err = json.Marshal(body)
	}
	if err != nil {
		a.Err = err.Error()
	}
	return w.out.json(frameAnswer, a)
}

func (w *worker) carryOut(ctx context.Context, c Command) (any, error) {
	if c.Cmd != cmdStart && w.attack == nil {
		return nil, fmt.Errorf("%s: the load was not started", c.Cmd)
	}
	switch c.Cmd {
	case cmdStart:
		return w.start(c)
	case cmdStopLoad:
		return w.stopLoad(ctx)
	case cmdReadFinal:
		return w.attack.readFinal(ctx, c)
	}
	return nil, fmt.Errorf("unknown command %q", c.Cmd)
}

func (w *worker) start(c Command) (Grids, error) {
	switch {
	case w.attack != nil:
		return nil, errors.New("the load was started already")
	case c.Config == nil:
		return nil, errors.New("start without a config")
	}
	if err := c.Config.Check(); err != nil {
		return nil, err
	}
	var err error
	if w.attack, err = startAttack(*c.Config, &w.box); err != nil {
		return nil, err
	}
	return w.attack.grids(), nil
}

func (w *worker) stopLoad(ctx context.Context) (Stats, error) {
	if w.stats == nil {
		s := w.attack.stop(ctx)
		w.stats = &s
	}
	return *w.stats, w.box.flush(w.send)
}

// flushUntil sends samples until ctx ends. A controller that cannot be written
// to has gone.
func (w *worker) flushUntil(ctx context.Context, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := w.box.flush(w.send); err != nil {
				cancel(err)
				return
			}
		}
	}
}

func (w *worker) send(batch []drill.Sample) error { return w.out.samples(batch) }

// end aborts what is under way, after ctx has ended, and says why it had to.
func (w *worker) end(ctx context.Context) error {
	if w.attack != nil && w.stats == nil {
		w.attack.stop(ctx)
	}
	if w.attack != nil && w.attack.purse != nil {
		w.attack.purse.Close()
	}
	err := w.box.flush(w.send)
	cause := context.Cause(ctx)
	if errors.Is(cause, errLease) {
		return nil // whoever is gone cannot be told
	}
	return errors.Join(cause, err)
}
