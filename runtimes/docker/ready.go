package docker

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/internal/mono"
)

const (
	pollEvery  = 25 * time.Millisecond
	lookEvery  = 500 * time.Millisecond // at the container, whether it has ended
	readyLimit = time.Minute
)

// errCalledOff marks the nodes that were still starting when another failed.
var errCalledOff = errors.New("not ready yet")

// awaitReady polls all nodes through the hub.
func (r *Runtime) awaitReady(ctx context.Context, made []*member) error {
	ctx, stop := context.WithTimeout(ctx, readyLimit)
	defer stop()
	ctx, callOff := context.WithCancelCause(ctx)
	defer callOff(nil)
	poller := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: r.DialContext}, Timeout: time.Second}
	err := parallel(len(made), func(i int) error {
		err := r.awaitOne(ctx, poller, made[i])
		if err != nil && !errors.Is(err, errCalledOff) {
			err = fmt.Errorf("%s: %w%s", made[i].node.Name, err, r.lastLines(made[i].id))
			callOff(errCalledOff)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("starting the system: %w", err)
	}
	return nil
}

func (r *Runtime) awaitOne(ctx context.Context, poller *http.Client, m *member) error {
	in := &Instance{r: r, m: m}
	last, looked := errors.New("no answer"), time.Now()
	for {
		err := m.node.Serves(ctx, poller)
		if err == nil {
			r.events.ready(m, mono.Now())
			return nil
		}
		if ctx.Err() == nil {
			last = err
			if time.Since(looked) > lookEvery {
				if looked, err = time.Now(), in.failedStart(ctx); err != nil {
					return err
				}
			}
		}
		select {
		case <-time.After(pollEvery):
		case <-ctx.Done():
			if errors.Is(context.Cause(ctx), errCalledOff) {
				return fmt.Errorf("%s: %w", m.node.Name, errCalledOff)
			}
			return fmt.Errorf("not ready in time: %w", last)
		}
	}
}

func (i *Instance) failedStart(ctx context.Context) error {
	s, err := i.Status(ctx)
	if err != nil {
		return err
	}
	return i.m.node.FailedStart(s)
}

// lastLines is the end of what a container printed, for an error.
func (r *Runtime) lastLines(id string) string { return r.e.lastLines(id) }

func (e *Engine) lastLines(id string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	res, err := e.cli.ContainerLogs(ctx, id, client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Tail: "6"})
	if err != nil {
		return ""
	}
	defer res.Close()
	var out strings.Builder
	_, _ = stdcopy.StdCopy(&out, &out, res) // what was read is enough
	text := strings.TrimSpace(out.String())
	if text == "" {
		return " (it printed nothing)"
	}
	return "\n  | " + strings.ReplaceAll(text, "\n", "\n  | ")
}
