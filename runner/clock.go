package runner

import (
	"context"
	"time"

	"github.com/drillctl/drillctl/internal/mono"
)

func (d *run) now() time.Duration { return d.opts.Now() - d.origin }

func (d *run) sleep(ctx context.Context, dur time.Duration) error {
	if mono.Sleep(ctx, dur) != nil {
		return context.Cause(ctx)
	}
	return nil
}

// until sleeps until a time of the drill.
func (d *run) until(ctx context.Context, at time.Duration) error { return d.sleep(ctx, at-d.now()) }
