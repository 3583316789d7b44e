package cmd

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

// A clientLoad is the runner's Load on a client of the system.
type clientLoad struct {
	client runtimes.InNet
	cfg    load.Config
	// secrets are taken out of everything that comes back; optional
	secrets *ask.Secrets
	l       *load.Load
}

func (c *clientLoad) scrub(err error) error {
	if c.secrets == nil {
		return err
	}
	return c.secrets.ScrubError(err)
}

// Start implements runner.Load.
func (c *clientLoad) Start(ctx context.Context, origin time.Duration, sink runner.Sink) (err error) {
	c.cfg.BeganMono = origin
	c.l, err = load.Start(ctx, c.client, c.cfg, sink)
	return c.scrub(err)
}

// Gone is closed when the worker has died.
func (c *clientLoad) Gone() <-chan struct{} { return c.l.Gone() }

// FinalRead implements runner.Load.
func (c *clientLoad) FinalRead(ctx context.Context, when string, sources ...string) ([]drill.FinalRead, error) {
	reads, err := c.l.FinalRead(ctx, when, sources...)
	if c.secrets != nil {
		for i := range reads {
			reads[i].Err = c.secrets.Scrub(reads[i].Err)
		}
	}
	return reads, c.scrub(err)
}

// Stop implements runner.Load.
func (c *clientLoad) Stop(ctx context.Context) error {
	if c.l == nil {
		return nil
	}
	_, err := c.l.Stop(ctx)
	return c.scrub(err)
}

// Close ends the worker.
func (c *clientLoad) Close() error {
	if c.l == nil {
		return nil
	}
	return c.scrub(c.l.Close())
}

// environment says where a drill ran.
func environment(at where, bugs []string) drill.Environment {
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
