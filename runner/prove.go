package runner

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/drillctl/drillctl/faults"
)

// prove looks until the fault is in force (or gone) on every target.
func (d *run) prove(ctx context.Context, s *armedStep, want bool, limit time.Duration) error {
	_, err := d.proveText(ctx, s, want, limit)
	return err
}

const proveEvery = 100 * time.Millisecond

func (d *run) proveText(ctx context.Context, s *armedStep, want bool, limit time.Duration) (string, error) {
	deadline := d.now() + limit
	for {
		evidence, err := s.armed.Verify(ctx, want)
		text, bad := read(evidence)
		if err == nil && len(bad) == 0 && len(evidence) > 0 {
			return text, nil
		}
		if d.now() >= deadline || ctx.Err() != nil {
			if err == nil && len(evidence) == 0 {
				err = errors.New("no evidence was found")
			}
			return text, notProved(s, want, bad, err)
		}
		if err := d.sleep(ctx, proveEvery); err != nil {
			return text, notProved(s, want, bad, err)
		}
	}
}

func notProved(s *armedStep, want bool, bad []string, err error) error {
	state := "gone"
	if want {
		state = "in force"
	}
	msg := fmt.Errorf("%s is not proved %s", s.Kind.Name, state)
	if len(bad) > 0 {
		msg = fmt.Errorf("%w: %s", msg, strings.Join(bad, "; "))
	}
	if err != nil {
		msg = fmt.Errorf("%w: %w", msg, err)
	}
	return msg
}

func read(evidence []faults.Evidence) (text string, bad []string) {
	var lines []string
	for _, e := range evidence {
		line := e.Instance + ": " + e.How + ": " + e.Text
		lines = append(lines, line)
		if !e.OK {
			bad = append(bad, line)
		}
	}
	return strings.Join(lines, "\n"), bad
}
