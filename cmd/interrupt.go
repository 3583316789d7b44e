package cmd

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/drillctl/drillctl/runner"
)

// interruptible cancels with runner.ErrInterrupted on the first signal and
// leaves on the second, with the line that mends what each run left.
func interruptible(ctx context.Context, env Env, going func() []string) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	sigs := make(chan os.Signal, 2)
	signal.Notify(sigs, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case <-done:
			return
		case <-sigs:
		}
		fmt.Fprintln(env.Err, "drillctl: interrupted: taking everything back; once more to leave at once")
		cancel(runner.ErrInterrupted)
		select {
		case <-done:
		case <-sigs:
			fmt.Fprintf(env.Err, "drillctl: error: left before everything was taken back\ndrillctl: hint: %s\n", recoverLines(going()))
			os.Exit(exitBroken)
		}
	}()
	return ctx, func() { signal.Stop(sigs); close(done); cancel(nil) }
}

func recoverLines(ids []string) string {
	var lines []string
	for _, id := range ids {
		lines = append(lines, "drillctl recover "+id)
	}
	return strings.Join(lines, "; ")
}
