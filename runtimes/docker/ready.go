package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

const (
	pollEvery  = 25 * time.Millisecond
	lookEvery  = 500 * time.Millisecond // at the container, whether it has ended
	readyLimit = time.Minute
	hopeless   = 3 // restarts after which a node will not get ready
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
		err := answers(ctx, poller, m.node.Ready)
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

// failedStart says whether the node has ended for good, or too often.
func (i *Instance) failedStart(ctx context.Context) error {
	s, err := i.Status(ctx)
	if err != nil {
		return err
	}
	if s.State == runtimes.Exited && (!i.m.node.Restart || s.Restarts >= hopeless) {
		return errors.New("it ended")
	}
	return nil
}

func answers(ctx context.Context, poller *http.Client, url string) error {
	if url == "" {
		return nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := poller.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16)) // its end is not needed
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("GET %s: %s", url, res.Status)
	}
	return nil
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
