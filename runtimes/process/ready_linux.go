package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

const (
	pollEvery = 15 * time.Millisecond
	// readyLimit is how long a system may take when the caller sets no limit.
	readyLimit = 30 * time.Second
)

// awaitReady polls from the bridge's own namespace.
func (h *host) awaitReady(ctx context.Context, nodes []*node) error {
	ctx, stop := context.WithTimeout(ctx, readyLimit)
	defer stop()
	ctx, callOff := context.WithCancelCause(ctx)
	defer callOff(nil)
	transport := &http.Transport{DisableKeepAlives: true}
	poller := &http.Client{Transport: transport, Timeout: time.Second}
	errs := make([]error, len(nodes))
	var all sync.WaitGroup
	for i, n := range nodes {
		all.Go(func() {
			if errs[i] = n.awaitReady(ctx, poller); errs[i] != nil {
				callOff(errCalledOff) // one is enough to give up
			}
		})
	}
	all.Wait()
	return readyError(nodes, errs)
}

// errCalledOff marks the nodes that were still starting when another failed.
var errCalledOff = errors.New("not ready yet")

func (n *node) awaitReady(ctx context.Context, poller *http.Client) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	last := errors.New("no answer")
	for {
		if err := n.failedStart(); err != nil {
			return err
		}
		err := n.spec.Serves(ctx, poller)
		if err == nil {
			n.tell(mono.Now(), "ready", "")
			return nil
		}
		if ctx.Err() == nil {
			last = err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			if errors.Is(context.Cause(ctx), errCalledOff) {
				return errCalledOff
			}
			return fmt.Errorf("not ready in time: %w", last)
		}
	}
}

func (n *node) failedStart() error {
	n.sup.mu.Lock()
	defer n.sup.mu.Unlock()
	return n.spec.FailedStart(runtimes.Status{State: n.state, Restarts: n.restarts})
}

// readyError names all nodes that are not ready; those that failed by
// themselves come with the end of their logs.
func readyError(nodes []*node, errs []error) error {
	var failed, waiting []string
	for i, err := range errs {
		switch {
		case errors.Is(err, errCalledOff):
			waiting = append(waiting, nodes[i].spec.Name)
		case err != nil:
			failed = append(failed, fmt.Sprintf("%s: %v%s", nodes[i].spec.Name, err, lastLines(nodes[i].log.Name())))
		}
	}
	if len(failed)+len(waiting) == 0 {
		return nil
	}
	if len(waiting) > 0 {
		failed = append(failed, "not ready yet: "+strings.Join(waiting, ", "))
	}
	return fmt.Errorf("starting the system: %s", strings.Join(failed, "\n"))
}

// lastLines returns the end of a log, indented below its node.
func lastLines(path string) string {
	const lines, bytes = 6, 2048
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > bytes {
		_, _ = f.Seek(-bytes, io.SeekEnd)
	}
	b, _ := io.ReadAll(io.LimitReader(f, bytes))
	all := strings.Split(strings.TrimSpace(string(b)), "\n")
	if all[0] == "" {
		return " (it printed nothing)"
	}
	return "\n  | " + strings.Join(all[max(0, len(all)-lines):], "\n  | ")
}
