package subject

import (
	"context"
	"os"
	"runtime"
	"strconv"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/load"
	"github.com/drillctl/drillctl/runner/load/ask"
	"github.com/drillctl/drillctl/runtimes"
)

// A ClientLoad is the runner's Load on a client of the system.
type ClientLoad struct {
	Client runtimes.InNet
	Config load.Config
	// Secrets are taken out of everything that comes back; optional
	Secrets *ask.Secrets
	l       *load.Load
}

func (c *ClientLoad) scrub(err error) error {
	if c.Secrets == nil {
		return err
	}
	return c.Secrets.ScrubError(err)
}

// Start implements runner.Load.
func (c *ClientLoad) Start(ctx context.Context, origin time.Duration, sink runner.Sink) (err error) {
	c.Config.BeganMono = origin
	c.l, err = load.Start(ctx, c.Client, c.Config, sink)
	return c.scrub(err)
}

// Gone is closed when the worker has died.
func (c *ClientLoad) Gone() <-chan struct{} { return c.l.Gone() }

// FinalRead implements runner.Load.
func (c *ClientLoad) FinalRead(ctx context.Context, when string, sources ...string) ([]drill.FinalRead, error) {
	reads, err := c.l.FinalRead(ctx, when, sources...)
	if c.Secrets != nil {
		for i := range reads {
			reads[i].Err = c.Secrets.Scrub(reads[i].Err)
		}
	}
	return reads, c.scrub(err)
}

// Stop implements runner.Load.
func (c *ClientLoad) Stop(ctx context.Context) error {
	if c.l == nil {
		return nil
	}
	_, err := c.l.Stop(ctx)
	return c.scrub(err)
}

// Close ends the worker.
func (c *ClientLoad) Close() error {
	if c.l == nil {
		return nil
	}
	return c.scrub(c.l.Close())
}

// Environment says where a drill ran.
func Environment(at Where, bugs []string) drill.Environment {
	return drill.Environment{
		Runtime: at.Runtime, System: at.System, Bugs: bugs,
		Host: map[string]string{"os": runtime.GOOS, "arch": runtime.GOARCH, "cpus": strconv.Itoa(runtime.NumCPU()), "kernel": kernel()},
	}
}

// kernel is the running kernel's release, "" where it does not say.
func kernel() string {
	b, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return ""
	}
	return string(b[:max(0, len(b)-1)])
}
