package faults

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

// limits are what instances might use before, by the ID of their Ref: what an
// undo needs, and so a part of the fault that is journalled.
type limits = map[string]runtimes.Limit

// limited is the Armed of less of a resource than before.
type limited struct {
	on  []Target
	of  runtimes.Resource
	to  float64
	was limits
	say func(amount float64) string
	// effect looks for what the limit does, not at the limit.
	effect func(ctx context.Context, in runtimes.Instance, want bool) (ok bool, text string, err error)
}

// armLimit notes what every target may use now. A limit that is none is refused.
func armLimit(ctx context.Context, l *limited) (Armed, error) {
	if len(l.on) == 0 {
		return nil, runtimes.ErrNoInstance
	}
	l.was = limits{}
	for _, t := range l.on {
		name := t.Instance.Node().Name
		in, ok := t.Instance.(runtimes.Limiter)
		if !ok {
			return nil, fmt.Errorf("%s: %w: its runtime cannot limit it", name, runtimes.ErrUnsupported)
		}
		was, err := in.Limit(ctx, l.of)
		if err != nil {
			return nil, err
		}
		u, err := in.Usage(ctx)
		if err != nil {
			return nil, err
		}
		if err := l.worse(was, u); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		l.was[t.Instance.Ref().ID] = was
	}
	return l, nil
}

// worse asks whether the limit would be one, and would not kill at once.
func (l *limited) worse(was runtimes.Limit, u runtimes.Usage) error {
	has := was.Amount
	if has == 0 && l.of == runtimes.CPU {
		has = float64(u.CPUs)
	}
	switch {
	case has > 0 && l.to >= has:
		return fmt.Errorf("%s is no limit: it may use only %s as it is", l.say(l.to), l.say(has))
	case l.of == runtimes.Memory && float64(u.Memory) >= l.to:
		return fmt.Errorf("it uses %s, so a limit of %s would end it at once; oom is the fault for that", Size(u.Memory).about(), l.say(l.to))
	}
	return nil
}

func (l *limited) Fire(ctx context.Context) (map[string]time.Duration, error) {
	return each(ctx, l.on, func(ctx context.Context, in runtimes.Instance) (time.Duration, error) {
		return in.(runtimes.Limiter).SetLimit(ctx, l.of, runtimes.Limit{Amount: l.to})
	})
}

func (l *limited) Revert(ctx context.Context) (map[string]time.Duration, error) {
	return each(ctx, l.on, func(ctx context.Context, in runtimes.Instance) (time.Duration, error) {
		return unlimit(ctx, in, l.of, l.was)
	})
}

// unlimit puts back what was noted, and says when that was done; of an instance of
// which nothing was noted nothing was changed.
func unlimit(ctx context.Context, in runtimes.Instance, of runtimes.Resource, was limits) (time.Duration, error) {
	limit, noted := was[in.Ref().ID]
	if !noted {
		return 0, nil
	}
	l, ok := in.(runtimes.Limiter)
	if !ok {
		return 0, fmt.Errorf("%w: its runtime cannot take a limit back", runtimes.ErrUnsupported)
	}
	return l.SetLimit(ctx, of, limit)
}

func (l *limited) Close() error { return nil }

// Verify reads back what the runtime has set and what the kernel holds, and looks
// for the effect.
func (l *limited) Verify(ctx context.Context, want bool) ([]Evidence, error) {
	return lookAt(l.on, func(t Target) ([]Evidence, error) { return l.look(ctx, t.Instance, want) })
}

func (l *limited) look(ctx context.Context, in runtimes.Instance, want bool) ([]Evidence, error) {
	name := in.Node().Name
	is, err := in.(runtimes.Limiter).Limit(ctx, l.of)
	if errors.Is(err, runtimes.ErrGone) {
		return vanished(name, want), nil
	}
	if err != nil {
		return nil, err
	}
	hit := is.Amount > 0 && is.Amount <= l.to*1.001
	back := Evidence{Instance: name, How: "read-back", OK: hit == want, Text: "limit " + l.say(is.Amount), At: mono.Now()}
	if !want && is.Amount != l.was[in.Ref().ID].Amount {
		back.OK = false
	}
	ok, text, err := l.effect(ctx, in, want)
	if err != nil {
		return nil, err
	}
	return []Evidence{back, {Instance: name, How: "data-path", OK: ok, Text: text, At: mono.Now()}}, nil
}
