package alerts

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// An api is asked by GET and answers with JSON.
type api struct {
	base    string
	headers http.Header
	client  *http.Client
}

const (
	maxAnswer = 64 << 20 // bytes; alerts of a large installation are a few
	maxTold   = 200      // bytes of an answer that is no answer
)

// get reads the answer to a path into out.
func (a api) get(ctx context.Context, path string, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.base+path, nil)
	if err != nil {
		return fmt.Errorf("ask %s: %w", path, err)
	}
	for name, values := range a.headers {
		req.Header[name] = values
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	res, err := a.client.Do(req)
	if err != nil {
		return err // names the URL
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	switch {
	case err != nil:
		return fmt.Errorf("read the answer to %s: %w", path, err)
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("%s answered %s: %s", path, res.Status, told(body))
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("%s answered with something else than its API: %w: %s", path, err, told(body))
	}
	return nil
}

// told is the beginning of an answer in one line.
func told(body []byte) string {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(body[:min(len(body), maxTold)]), "?")), " ")
	if text == "" {
		return "nothing"
	}
	return text
}
