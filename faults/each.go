package faults

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

// An act does something to one instance and says when.
type act func(ctx context.Context, in runtimes.Instance) (time.Duration, error)

// each does an act to all targets in parallel.
func each(ctx context.Context, on []Target, do act) (map[string]time.Duration, error) {
	at := map[string]time.Duration{}
	var errs error
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, t := range on {
		wg.Go(func() {
			stamp, err := do(ctx, t.Instance)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = errors.Join(errs, fmt.Errorf("%s: %w", t.Instance.Node().Name, err))
				return
			}
			if stamp != 0 {
				at[t.Instance.Node().Name] = stamp
			}
		})
	}
	wg.Wait()
	return at, errs
}

// undoEach takes the damage of a fault back from all targets in parallel.
func undoEach(ctx context.Context, on []Target, f Fault) (map[string]time.Duration, error) {
	return each(ctx, on, func(ctx context.Context, in runtimes.Instance) (time.Duration, error) {
		err := f.Undo(ctx, in)
		return mono.Now(), err
	})
}

// lookAt looks at all targets in parallel.
func lookAt[T any](on []T, look func(T) ([]Evidence, error)) ([]Evidence, error) {
	out, errs := make([][]Evidence, len(on)), make([]error, len(on))
	var wg sync.WaitGroup
	for i, t := range on {
		wg.Go(func() { out[i], errs[i] = look(t) })
	}
	wg.Wait()
	return slices.Concat(out...), errors.Join(errs...)
}
