package runtimes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// hopeless is how often a supervisor may have restarted a node that will yet get
// ready.
const hopeless = 2

// Serves asks once, by client, whether the node is ready; nil says so.
func (n Node) Serves(ctx context.Context, client *http.Client) error {
	if n.Ready == "" {
		return nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, n.Ready, nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16)) // its end is not needed
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("GET %s: %s", n.Ready, res.Status)
	}
	return nil
}

// FailedStart is an error when a node that is being started has ended for good, or
// too often.
func (n Node) FailedStart(s Status) error {
	if s.State == Exited && (!n.Restart || s.Restarts > hopeless) {
		return errors.New("it ended")
	}
	return nil
}
