package faults

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

// A keeper is an instance that keeps backups and answers for them.
type keeper struct {
	name, base string
	client     *http.Client
	err        error
}

const keeperPatience = 5 * time.Second

func keeperOf(in runtimes.Instance) keeper {
	k := keeper{name: in.Node().Name}
	d, ok := in.(runtimes.Dialer)
	u, err := url.Parse(in.Node().Ready)
	if !ok || err != nil || u.Host == "" {
		k.err = fmt.Errorf("%w: nobody can be asked for backups", runtimes.ErrUnsupported)
		return k
	}
	k.base = u.Scheme + "://" + u.Host
	k.client = &http.Client{Timeout: keeperPatience, Transport: &http.Transport{DialContext: d.DialContext, DisableKeepAlives: true}}
	return k
}

// errNoCopy is the answer to a question for a backup that is not there.
var errNoCopy = errors.New("there is none")

func (k keeper) ask(ctx context.Context, method, path string) ([]byte, error) {
	if k.err != nil {
		return nil, k.err
	}
	req, err := http.NewRequestWithContext(ctx, method, k.base+path, nil)
	if err != nil {
		return nil, err
	}
	res, err := k.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<30))
	switch {
	case err != nil:
		return nil, err
	case res.StatusCode == http.StatusNotFound:
		return nil, fmt.Errorf("%s %s: %w", method, path, errNoCopy)
	case res.StatusCode/100 != 2:
		return nil, fmt.Errorf("%s %s: %s: %.200s", method, path, res.Status, strings.TrimSpace(string(text)))
	}
	return text, nil
}

// A heldCopy is a line of the manifest.
type heldCopy struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

func (k keeper) list(ctx context.Context) ([]heldCopy, error) {
	text, err := k.ask(ctx, http.MethodGet, "/copies")
	if err != nil {
		return nil, err
	}
	var l struct {
		Copies []heldCopy `json:"copies"`
	}
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, fmt.Errorf("the list of backups: %w", err)
	}
	return l.Copies, nil
}

// look reads all backups as a restore would. One that was removed for a newer one
// meanwhile does not count.
func (k keeper) look(ctx context.Context, want bool) (Evidence, error) {
	held, err := k.list(ctx)
	if err != nil {
		return Evidence{}, err
	}
	found := map[string]string{}
	for _, c := range held {
		if found[c.Name], err = k.judge(ctx, c); err != nil {
			return Evidence{}, err
		}
	}
	now, err := k.list(ctx)
	if err != nil {
		return Evidence{}, err
	}
	count := map[string]int{}
	for _, c := range now {
		if is, looked := found[c.Name]; looked {
			count[is]++
		}
	}
	good, bad := count[whole], count[damaged]+count[missing]
	return Evidence{Instance: k.name, How: "read-back", At: mono.Now(), OK: want && bad > 0 && good == 0 || !want && bad == 0,
		Text: fmt.Sprintf("of %d backups that the manifest lists %d are whole, %d damaged, %d missing", good+bad, good, count[damaged], count[missing])}, nil
}

// What a backup can be found to be.
const (
	whole   = "whole"
	damaged = "damaged"
	missing = "missing"
)

func (k keeper) judge(ctx context.Context, c heldCopy) (string, error) {
	text, err := k.ask(ctx, http.MethodGet, "/copies/"+c.Name)
	got := sha256.Sum256(text)
	switch {
	case errors.Is(err, errNoCopy):
		return missing, nil
	case err != nil:
		return "", err
	case hex.EncodeToString(got[:]) != c.SHA256:
		return damaged, nil
	}
	return whole, nil
}
