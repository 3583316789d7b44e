package faults

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"

	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

// A keeper is an instance that keeps backups and answers for them.
type keeper struct{ in runtimes.Instance }

// A heldCopy is a line of the manifest.
type heldCopy struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

func (k keeper) list(ctx context.Context) ([]heldCopy, error) {
	var l struct {
		Copies []heldCopy `json:"copies"`
	}
	err := askJSON(ctx, k.in, http.MethodGet, "/copies", nil, &l)
	return l.Copies, err
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
	return Evidence{Instance: k.in.Node().Name, How: "read-back", At: mono.Now(), OK: want && bad > 0 && good == 0 || !want && bad == 0,
		Text: fmt.Sprintf("of %d backups that the manifest lists %d are whole, %d damaged, %d missing", good+bad, good, count[damaged], count[missing])}, nil
}

// What a backup can be found to be.
const (
	whole   = "whole"
	damaged = "damaged"
	missing = "missing"
)

func (k keeper) judge(ctx context.Context, c heldCopy) (string, error) {
	text, err := askDoor(ctx, k.in, http.MethodGet, "/copies/"+c.Name, nil)
	got := sha256.Sum256(text)
	switch {
	case errors.Is(err, errAbsent):
		return missing, nil
	case err != nil:
		return "", err
	case hex.EncodeToString(got[:]) != c.SHA256:
		return damaged, nil
	}
	return whole, nil
}
