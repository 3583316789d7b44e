package mono

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		for _, c := range []struct {
			d, took time.Duration
			err     error
		}{
			{2 * time.Second, 2 * time.Second, nil},
			{0, 0, nil},
			{-time.Second, 0, nil},
			{5 * time.Second, time.Second, context.DeadlineExceeded}, // what is left of ctx
			{time.Second, 0, context.DeadlineExceeded},
			{0, 0, context.DeadlineExceeded},
		} {
			began := time.Now()
			if err := Sleep(ctx, c.d); !errors.Is(err, c.err) || time.Since(began) != c.took {
				t.Errorf("Sleep(%v) took %v and returned %v, want %v and %v", c.d, time.Since(began), err, c.took, c.err)
			}
		}
	})
}
