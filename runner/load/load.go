package load

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runtimes"
)

// helloPatience is how long a worker may take to start.
const helloPatience = 10 * time.Second

// ErrWorkerGone means that the worker ended before it was told to.
var ErrWorkerGone = errors.New("the load worker is gone")

// A Sink takes what the worker measured. It is called by one goroutine and
// should not block for long: the worker drops samples when nobody takes them.
type Sink interface {
	Samples(batch []drill.Sample)
}

// A Load is a worker under control. Its methods may be called by several
// goroutines; commands wait for each other.
type Load struct {
	proc  runtimes.Process
	grids Grids

	command sync.Mutex // one command under way
	seq     uint64
	stats   *Stats
	hello   chan struct{} // of one element
	answers chan Answer

	gone    chan struct{} // closed when the worker's output has ended
	err     error         // why, readable then
	closing chan struct{}
	once    sync.Once
}

// Start runs "drillctl load-worker" at a client and begins the load: when it
// returns, the first slots are set. Samples go to sink until Stop or Close. The
// worker lives as long as ctx; the caller closes the Load.
func Start(ctx context.Context, client runtimes.InNet, cfg Config, sink Sink) (*Load, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	proc, err := client.RunInNet(ctx, []string{"load-worker"})
	if err != nil {
		return nil, fmt.Errorf("start the load worker: %w", err)
	}
	l := &Load{
		proc: proc, hello: make(chan struct{}, 1), answers: make(chan Answer, 1),
		gone: make(chan struct{}), closing: make(chan struct{}),
	}
	go l.read(sink)
	if err := l.begin(ctx, cfg); err != nil {
		return nil, errors.Join(fmt.Errorf("start the load: %w", err), l.Close())
	}
	return l, nil
}

func (l *Load) begin(ctx context.Context, cfg Config) error {
	ctx, cancel := context.WithTimeout(ctx, helloPatience)
	defer cancel()
	select {
	case <-l.hello:
	case <-l.gone:
		return l.ended()
	case <-ctx.Done():
		return fmt.Errorf("waiting for it: %w", ctx.Err())
	}
	return l.ask(ctx, Command{Cmd: cmdStart, Config: &cfg}, &l.grids)
}

// Grids are the pacing grids of the routes, in time of the drill.
func (l *Load) Grids() Grids { return l.grids }

// Gone is closed when the worker has ended, for whatever reason; Err then says
// why. Whoever drives a drill should watch it: without samples nothing is
// measured.
func (l *Load) Gone() <-chan struct{} { return l.gone }

// Err is why the worker ended: nil while it lives and after Close, else it
// wraps ErrWorkerGone.
func (l *Load) Err() error {
	select {
	case <-l.gone:
		return l.err
	default:
		return nil
	}
}

// Stop ends the load and returns when all samples were passed on. Requests under
// way may end by themselves, at most a timeout later. It is safe to repeat. The
// error wraps what Stats.Check found, if the samples are not complete.
func (l *Load) Stop(ctx context.Context) (Stats, error) {
	l.command.Lock()
	defer l.command.Unlock()
	if l.stats == nil {
		var s Stats
		if err := l.ask(ctx, Command{Cmd: cmdStopLoad}, &s); err != nil {
			return Stats{}, fmt.Errorf("stop the load: %w", err)
		}
		l.stats = &s
	}
	return *l.stats, l.stats.Check()
}

// FinalRead reads the ledger from the sources, "gateway" or regions of
// Config.Stores, or from all when none is named: each until two consecutive
// rounds agree, for 15 s or as long as ctx allows. It returns the last round of
// each, by source. Under load only the writes numbered before count
// (drill.FinalRead.UpTo), and those under way may take some rounds to agree.
func (l *Load) FinalRead(ctx context.Context, when string, sources ...string) ([]drill.FinalRead, error) {
	l.command.Lock()
	defer l.command.Unlock()
	var reads []drill.FinalRead
	c := Command{Cmd: cmdReadFinal, When: when, Sources: sources, Limit: readLimit(ctx)}
	if err := l.ask(ctx, c, &reads); err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	return reads, nil
}

// readLimit leaves time for the answer to come back before ctx ends.
func readLimit(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return DefaultReadLimit
	}
	left := time.Until(deadline)
	return min(DefaultReadLimit, max(left-time.Second, left/2))
}

// Close ends the worker, aborting what is under way, and waits for it. It is
// safe to repeat.
func (l *Load) Close() error {
	var err error
	l.once.Do(func() {
		close(l.closing)
		// Its stdin is its lease: it sends what it has and exits.
		_ = l.proc.CloseWrite() // fails only when the worker has gone already
		select {
		case <-l.gone:
		case <-time.After(landingLimit + time.Second):
		}
		if err = l.proc.Close(); err != nil {
			err = fmt.Errorf("end the load worker: %w", err)
		}
		<-l.gone
	})
	return err
}
