package terminal

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/runner"
)

// Interruptible cancels with runner.ErrInterrupted on the first signal, or when the
// terminal is gone, and leaves on the second, with the line that mends what each run
// left. Nobody's reading the output any more ends nothing.
func Interruptible(ctx context.Context, env Env, going func() []string) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	sigs := make(chan os.Signal, 2)
	signal.Notify(sigs, Endings()...)
	outlive := Outlive()
	done := make(chan struct{})
	go func() {
		select {
		case <-done:
			return
		case <-sigs:
		}
		fmt.Fprintln(env.Err, "drillctl: interrupted: taking everything back; once more to leave at once")
		cancel(runner.ErrInterrupted)
		for {
			select {
			case <-done:
				return
			case sig := <-sigs:
				if sig == syscall.SIGHUP {
					continue // a shell and the kernel both tell that the terminal is gone
				}
				fmt.Fprintf(env.Err, "drillctl: error: left before everything was taken back\ndrillctl: hint: %s\n", recoverLines(going()))
				os.Exit(exit.Broken)
			}
		}
	}()
	return ctx, func() { signal.Stop(sigs); outlive(); close(done); cancel(nil) }
}

// Endings are the signals that ask a command to end. One that was started to outlive
// its terminal (nohup) does.
func Endings() []os.Signal {
	all := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if signal.Ignored(syscall.SIGHUP) {
		return all
	}
	return append(all, syscall.SIGHUP)
}

// Outlive keeps the process alive when nobody reads its output any more, until it is
// undone: by default the first line after that would end it, with all that is not
// taken back. What is written then is lost, which [OS] has no error for.
func Outlive() (undo func()) {
	pipes := make(chan os.Signal, 1)
	signal.Notify(pipes, syscall.SIGPIPE)
	return func() { signal.Stop(pipes) }
}

func recoverLines(ids []string) string {
	var lines []string
	for _, id := range ids {
		lines = append(lines, "drillctl recover "+id)
	}
	return strings.Join(lines, "; ")
}

// Runs are those that are under way, which a second Ctrl-C leaves as they are. It is
// for several goroutines.
type Runs struct {
	mu  sync.Mutex
	ids []string
}

// Add is for a run that begins.
func (s *Runs) Add(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids = append(s.ids, id)
}

// Remove is for a run that has ended.
func (s *Runs) Remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids = slices.DeleteFunc(s.ids, func(x string) bool { return x == id })
}

// List has their IDs, the one that began first before the others.
func (s *Runs) List() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ids)
}
