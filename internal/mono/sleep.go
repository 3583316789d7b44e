package mono

import (
	"context"
	"time"
)

// Sleep waits for d, not at all when that is 0 or less. When ctx ends first it
// returns its error at once.
func Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
