package dns

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// viewLimit bounds what is read of a peer's view, in bytes.
const viewLimit = 1 << 20

// exchange keeps telling each peer what this node sees, and takes the peer's
// own view as the answer: at every period, and at once when our view changes.
// One peer that hangs does not hold up the others.
func (b *brain) exchange(ctx context.Context) {
	client := &http.Client{
		Timeout: max(100*time.Millisecond, min(b.config.period(), b.config.Health.Timeout)),
		// As with checks: a connection from before a fault must not be waited for.
		Transport: &http.Transport{DisableKeepAlives: true},
	}
	var all sync.WaitGroup
	for i, s := range b.config.Servers {
		if s.Name != b.config.Name {
			all.Go(func() { b.talk(ctx, client, s, b.wake[i]) })
		}
	}
	all.Wait()
}

func (b *brain) talk(ctx context.Context, client *http.Client, to Server, wake <-chan struct{}) {
	pause := min(100*time.Millisecond, b.config.period()) // until it was heard once
	for {
		if v, err := b.ask(ctx, client, to); err == nil {
			pause = b.config.period()
			b.hear(v)
		}
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-time.After(pause):
		}
	}
}

// ask sends our view and returns the peer's. That a peer does not answer is
// no error to report: its silence is what counts.
func (b *brain) ask(ctx context.Context, client *http.Client, to Server) (View, error) {
	var v View
	text, err := json.Marshal(b.view())
	if err != nil {
		return v, fmt.Errorf("telling %s our view: %w", to.Name, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+to.Admin.String()+"/view", bytes.NewReader(text))
	if err != nil {
		return v, fmt.Errorf("telling %s our view: %w", to.Name, err)
	}
	res, err := client.Do(req)
	if err != nil {
		return v, fmt.Errorf("telling %s our view: %w", to.Name, err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(io.LimitReader(res.Body, viewLimit)).Decode(&v); err != nil {
		return v, fmt.Errorf("reading the view of %s: %w", to.Name, err)
	}
	if v.Name != to.Name {
		return v, fmt.Errorf("reading the view of %s: %q answered", to.Name, v.Name)
	}
	return v, nil
}

// admin serves the peers and whoever wants to look.
func (b *brain) admin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "alive\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !b.table.Load().answering {
			http.Error(w, "answering SERVFAIL", http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "ready\n")
	})
	mux.HandleFunc("GET /view", func(w http.ResponseWriter, _ *http.Request) { b.showView(w) })
	mux.HandleFunc("POST /view", func(w http.ResponseWriter, r *http.Request) {
		var v View
		if err := json.NewDecoder(io.LimitReader(r.Body, viewLimit)).Decode(&v); err != nil {
			http.Error(w, "reading your view: "+err.Error(), http.StatusBadRequest)
			return
		}
		b.hear(v)
		b.showView(w)
	})
	mux.HandleFunc("GET /table", func(w http.ResponseWriter, _ *http.Request) { b.showTable(w) })
	return mux
}

func (b *brain) showView(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(b.view()) // the asker may be gone
}

// showTable tells what is answered now, for people.
func (b *brain) showTable(w http.ResponseWriter) {
	t := b.table.Load()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"answering": t.answering, "regions": t.regions, "near": t.near, "gateways": t.healthy})
}
