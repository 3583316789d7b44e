package conformance

import (
	"bufio"
	"context"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

// logs reads from the beginning, over a restart, until ctx ends.
func logs(s *system) {
	in := s.up()[0]
	name := in.Node().Name
	logger := as[runtimes.Logger](s, in)
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	r, err := logger.Logs(ctx)
	s.must(err, "Logs")
	defer r.Close()
	lines := bufio.NewScanner(r)
	awaitLine(s.T, lines, "started "+name)
	_, err = as[runtimes.Crasher](s, in).Crash(s.ctx, syscall.SIGKILL)
	s.must(err, "Crash")
	awaitLine(s.T, lines, "started "+name)
	cancel()
	for lines.Scan() {
		s.Logf("after the end of ctx: %s", lines.Text())
	}
	if err := lines.Err(); err != nil {
		s.Errorf("a log must end with EOF, not with %v", err)
	}
	late, err := logger.Logs(s.ctx)
	s.must(err, "Logs again")
	awaitLine(s.T, bufio.NewScanner(late), "started "+name)
	if err := late.Close(); err != nil {
		s.Errorf("Close of a log: %v", err)
	}
}

func awaitLine(t *testing.T, lines *bufio.Scanner, want string) {
	t.Helper()
	for lines.Scan() {
		if lines.Text() == want {
			return
		}
	}
	t.Fatalf("the log ended before %q: %v", want, lines.Err())
}

// watch follows one instance through its changes.
func watch(s *system) {
	watcher := as[runtimes.Watcher](s, s.r)
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	events, err := watcher.Watch(ctx)
	s.must(err, "Watch")
	in := s.up()[0]
	name := in.Node().Name
	s.expect(events, name, "started", "ready")
	_, err = as[runtimes.Crasher](s, in).Crash(s.ctx, syscall.SIGKILL)
	s.must(err, "Crash")
	s.expect(events, name, "exited", "restarted")
	_, err = as[runtimes.Pauser](s, in).Pause(s.ctx)
	s.must(err, "Pause")
	_, err = as[runtimes.Pauser](s, in).Unpause(s.ctx)
	s.must(err, "Unpause")
	_, err = as[runtimes.Killer](s, in).Kill(s.ctx)
	s.must(err, "Kill")
	s.expect(events, name, "paused", "unpaused", "stopped")
	cancel()
	for range events {
		// Closed after ctx, or this would never end.
	}
}

// expect reads the events of one instance, which must be these, in order.
func (s *system) expect(events <-chan runtimes.InstanceEvent, name string, to ...string) {
	s.Helper()
	var got []string
	var last time.Duration
	for len(got) < len(to) {
		select {
		case e, ok := <-events:
			if !ok {
				s.Fatalf("the events ended after %v, want %v", got, to)
			}
			if e.Instance != name {
				continue
			}
			if e.At < last {
				s.Errorf("event %q at %v, after one at %v", e.To, e.At, last)
			}
			last, got = e.At, append(got, e.To)
		case <-time.After(limit):
			s.Fatalf("got the events %v, want %v", got, to)
		}
	}
	if !slices.Equal(got, to) {
		s.Errorf("got the events %v, want %v", got, to)
	}
}
