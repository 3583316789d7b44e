package runner

import (
	"context"
	"time"
)

func (d *run) now() time.Duration { return d.opts.Now() - d.origin }

func (d *run) sleep(ctx context.Context, dur time.Duration) error {
	if dur <= 0 {
		return context.Cause(ctx)
	}
	t := time.NewTimer(dur)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// until sleeps until a time of the drill.
func (d *run) until(ctx context.Context, at time.Duration) error { return d.sleep(ctx, at-d.now()) }
