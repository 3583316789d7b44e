package load

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runner/load/probe"
)

const (
	// FromGateway is the source that reads through the entry of the system.
	FromGateway = "gateway"
	// DefaultReadLimit is how long final reads are repeated until they agree.
	DefaultReadLimit = 15 * time.Second

	roundEvery    = 300 * time.Millisecond
	roundPatience = 2 * time.Second
	maxLedger     = 64 << 20 // bytes of one answer
	maxUnexpected = 1000     // ids listed; ranges can be endless
)

// A ledger is what one source holds.
type ledger struct {
	IDs        [][2]uint64 `json:"ids"`
	Duplicates []uint64    `json:"duplicates"`
}

// A reader reads final ledgers.
type reader struct {
	client *http.Client
	list   *lister                                               // of a foreign system
	rows   func(ctx context.Context, url string) (ledger, error) // of a database
	send   http.Header
	token  func() string // the Authorization of requests; nil sends none
	began  time.Duration
	upTo   uint64        // the last id when the reading was asked for
	last   func() uint64 // the last id by now: writes may go on
	when   string
}

// readFinal reads every source, all at once, until two consecutive rounds of it
// agree on what was written before, or ctx ends. It gives the last round of each, by source.
func (a *attack) readFinal(ctx context.Context, c Command) ([]drill.FinalRead, error) {
	urls, err := a.sources(c.Sources)
	if err != nil {
		return nil, err
	}
	limit := c.Limit
	if limit <= 0 {
		limit = DefaultReadLimit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	rd := reader{client: probe.Client(a.cfg.transport(Fresh, roundPatience, a.dialer)), send: a.cfg.send(), began: a.cfg.BeganMono, upTo: a.book.Last(), last: a.book.Last, when: c.When}
	if a.purse != nil {
		rd.token = a.purse.Header
	}
	switch {
	case a.rows != nil:
		rd.rows = a.readRows
	case a.cfg.Foreign != nil:
		if rd.list, err = a.lister(rd.client); err != nil {
			return nil, err
		}
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	var out []drill.FinalRead
	for name, url := range urls {
		wg.Go(func() {
			read := rd.untilStable(ctx, name, url)
			mu.Lock()
			defer mu.Unlock()
			out = append(out, read)
		})
	}
	wg.Wait()
	slices.SortFunc(out, func(a, b drill.FinalRead) int { return strings.Compare(a.Source, b.Source) })
	return out, nil
}

// untilStable repeats rounds until one equals the one before it.
func (rd reader) untilStable(ctx context.Context, name, url string) drill.FinalRead {
	var last drill.FinalRead
	for round := 1; ; round++ {
		this := rd.round(ctx, name, url)
		if this.Err != "" && last.Round > 0 && ctx.Err() != nil {
			// The limit cut this round short: the one before it says more.
			return last
		}
		this.Round = round
		this.Stable = round > 1 && same(last, this)
		last = this
		if this.Stable || mono.Sleep(ctx, roundEvery) != nil {
			return last
		}
	}
}

func same(a, b drill.FinalRead) bool {
	return a.Err == "" && b.Err == "" && slices.Equal(a.Ranges, b.Ranges) &&
		slices.Equal(a.Duplicates, b.Duplicates) && slices.Equal(a.Unexpected, b.Unexpected)
}

// round reads one source once.
func (rd reader) round(ctx context.Context, name, url string) drill.FinalRead {
	out := drill.FinalRead{When: rd.when, Source: name, At: mono.Now() - rd.began, UpTo: rd.upTo}
	got, err := rd.fetch(ctx, url)
	if err != nil {
		out.Err = err.Error()
		return out
	}
	out.Ranges, out.Unexpected = clip(normal(got.IDs), rd.upTo, rd.last())
	out.Duplicates = slices.Sorted(slices.Values(slices.DeleteFunc(got.Duplicates, func(id uint64) bool { return id > rd.upTo && id <= rd.last() })))
	return out
}

func (rd reader) fetch(ctx context.Context, url string) (ledger, error) {
	if rd.rows != nil {
		return rd.rows(ctx, url)
	}
	if rd.list != nil {
		return rd.list.fetch(ctx, url)
	}
	var got ledger
	ctx, cancel := context.WithTimeout(ctx, roundPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return got, fmt.Errorf("final read: %w", err)
	}
	maps.Copy(req.Header, rd.send)
	if rd.token != nil {
		req.Header.Set("Authorization", rd.token())
	}
	resp, err := rd.client.Do(req)
	if err != nil {
		return got, fmt.Errorf("final read: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return got, fmt.Errorf("final read: GET %s: %s", url, resp.Status)
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxLedger)).Decode(&got); err != nil {
		return got, fmt.Errorf("final read: GET %s: %w", url, err)
	}
	return got, nil
}
