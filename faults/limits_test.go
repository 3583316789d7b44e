package faults

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/fake"
)

// An engine that takes its time to set a limit, and says when it has.
type slowLimits struct {
	*fake.Instance
	is   runtimes.Limit
	done time.Duration
}

func (s *slowLimits) Limit(context.Context, runtimes.Resource) (runtimes.Limit, error) {
	return s.is, nil
}

func (s *slowLimits) SetLimit(_ context.Context, _ runtimes.Resource, to runtimes.Limit) (time.Duration, error) {
	asked := mono.Now()
	for mono.Now() == asked { // so that before and after differ
	}
	s.is, s.done = to, mono.Now()
	return s.done, nil
}

func (s *slowLimits) Usage(context.Context) (runtimes.Usage, error) {
	return runtimes.Usage{CPUs: 4, Memory: 1 << 20}, nil
}

func (s *slowLimits) Exec(context.Context, []string) (int, string, error) { return 0, "", nil }

// A limit is gone when it has been set back, and not when that was begun; a death for
// want of memory has no such moment.
func TestLimitsAreGoneWhenSetBack(t *testing.T) {
	for name, stamped := range map[string]bool{"cpu-throttle": true, "memory-limit": true, "oom": false} {
		synctest.Test(t, func(t *testing.T) {
			r, on := world(t)
			defer r.Close()
			in := &slowLimits{Instance: on[0].Instance.(*fake.Instance)}
			k, _ := Lookup(name)
			a, err := k.New().Arm(t.Context(), []Target{{Instance: in}})
			if err != nil {
				t.Fatal(err)
			}
			if !k.Instant {
				if at, err := a.Fire(t.Context()); err != nil || at["a"] != in.done {
					t.Errorf("%s: in force at %v, %v; set at %v", name, at, err, in.done)
				}
			}
			at, err := a.Revert(t.Context())
			if err != nil || in.is.Amount != 0 || stamped && at["a"] != in.done || !stamped && len(at) != 0 {
				t.Errorf("%s: gone at %v, %v; set to %v at %v", name, at, err, in.is, in.done)
			}
		})
	}
}
