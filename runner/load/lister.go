package load

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/drillctl/drillctl/runner/load/ask"
)

// A lister reads the ledger of a foreign system.
type lister struct {
	client *http.Client
	back   ask.ReadBack
	form   *ask.Form
	names  ask.Names
	last   uint64
}

func (a *attack) lister(client *http.Client) (*lister, error) {
	f := a.cfg.Foreign
	back := *f.ReadBack
	if len(back.Headers) == 0 {
		back.Headers = f.Read.Headers
	}
	form, err := ask.Request{Path: back.Path, Headers: back.Headers}.Form(f.names(), http.MethodGet)
	if err != nil {
		return nil, fmt.Errorf("read-back: %w", err)
	}
	return &lister{client: client, back: back, form: form, names: f.names(), last: a.book.Last()}, nil
}

// fetch reads the whole ledger once.
func (l *lister) fetch(ctx context.Context, base string) (ledger, error) {
	if l.form.Named {
		return l.each(ctx, base)
	}
	status, body, err := l.get(ctx, base, 0)
	switch {
	case err != nil:
		return ledger{}, err
	case status != http.StatusOK:
		return ledger{}, fmt.Errorf("final read: the list answered %d", status)
	}
	seqs, err := ask.Seqs(l.back.IDs, body, l.names)
	if err != nil {
		return ledger{}, fmt.Errorf("final read: %w", err)
	}
	return tally(seqs), nil
}

func tally(seqs []uint64) ledger {
	slices.Sort(seqs)
	var out ledger
	for i, n := range seqs {
		switch {
		case i > 0 && n == seqs[i-1]:
			if d := len(out.Duplicates); d == 0 || out.Duplicates[d-1] != n {
				out.Duplicates = append(out.Duplicates, n)
			}
		default:
			out.IDs = append(out.IDs, [2]uint64{n, n})
		}
	}
	return out
}

// readersAtOnce bounds what reading records one by one asks of a system.
const readersAtOnce = 16

// each asks for every record that was ever written.
func (l *lister) each(ctx context.Context, base string) (ledger, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	var found []uint64
	var next uint64
	var wg sync.WaitGroup
	take := func() uint64 {
		mu.Lock()
		defer mu.Unlock()
		next++
		return next
	}
	for range readersAtOnce {
		wg.Go(func() {
			for seq := take(); seq <= l.last && ctx.Err() == nil; seq = take() {
				there, err := l.one(ctx, base, seq)
				if err != nil {
					cancel(err)
					return
				}
				if there {
					mu.Lock()
					found = append(found, seq)
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return ledger{}, err
	}
	return tally(found), nil
}

func (l *lister) one(ctx context.Context, base string, seq uint64) (bool, error) {
	status, _, err := l.get(ctx, base, seq)
	present, absent := l.back.Present, l.back.Absent
	if len(present) == 0 {
		present = []int{http.StatusOK}
	}
	if len(absent) == 0 {
		absent = []int{http.StatusNotFound}
	}
	switch {
	case err != nil:
		return false, err
	case slices.Contains(present, status):
		return true, nil
	case slices.Contains(absent, status):
		return false, nil
	}
	return false, fmt.Errorf("final read: record %d answered %d, which says neither that it is there nor that it is not", seq, status)
}

// foreignPatience is for one answer, which may be a long list.
const foreignPatience = 5 * time.Second

func (l *lister) get(ctx context.Context, base string, seq uint64) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, foreignPatience)
	defer cancel()
	url := l.form.URL([]byte(strings.TrimSuffix(base, "/")), seq)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, string(url), nil)
	if err != nil {
		return 0, nil, fmt.Errorf("final read: %w", err)
	}
	req.Header = l.form.Header(http.Header{"User-Agent": {"drillctl"}}, seq)
	req.Host = req.Header.Get("Host")
	resp, err := l.client.Do(req)
	if err != nil {
		return 0, nil, fmt.Errorf("final read: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxLedger+1))
	switch {
	case err != nil:
		return 0, nil, fmt.Errorf("final read: %w", err)
	case len(body) > maxLedger:
		return 0, nil, fmt.Errorf("final read: an answer of more than %d bytes", maxLedger)
	}
	return resp.StatusCode, body, nil
}
