package quorum

import (
	"context"
	"encoding/json"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/drillctl/drillctl/gateway/store/jet"
	"github.com/drillctl/drillctl/gateway/store/journal"
	"github.com/drillctl/drillctl/internal/mono"
)

// The times of founding the stream.
const (
	tryEvery  = 200 * time.Millisecond
	tryFor    = 2 * time.Second
	firstOnly = 5 * time.Second // the others leave it to the first store for this long

	claimEvery = 500 * time.Millisecond
	claimTries = 6
)

// republished is the subject on which the leader tells what is committed.
const republished = "committed." + journal.Subject

// found makes the stream, if no store has yet, and gives the first lead to the
// store that should have it.
func (e *Engine) found(ctx context.Context) {
	began, asked := time.Now(), false
	for ctx.Err() == nil {
		// A stream that is there although this store asked for it in vain is its
		// own: only the answer was late.
		if !asked && e.exists(ctx) {
			return
		}
		if e.config.First == e.config.Name || time.Since(began) > firstOnly {
			if asked = true; e.create(ctx) {
				e.claim(ctx)
				return
			}
		}
		_ = mono.Sleep(ctx, tryEvery)
	}
}

func (e *Engine) exists(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, tryFor)
	defer cancel()
	_, err := (*e.js.Load()).Stream(ctx, journal.Stream)
	return err == nil
}

func (e *Engine) create(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, tryFor)
	defer cancel()
	_, err := (*e.js.Load()).CreateStream(ctx, jetstream.StreamConfig{
		Name: journal.Stream, Subjects: []string{journal.Subject}, Storage: jetstream.FileStorage,
		Replicas: min(3, len(e.config.Regions)), AllowDirect: true, DenyDelete: true, DenyPurge: true,
		RePublish: &jetstream.RePublish{Source: journal.Subject, Destination: republished},
	})
	return err == nil
}

// claim asks the stream's leader to step down in favour of the first store,
// which is this one, until it leads. If that does not work out, another region
// leads first: no harm.
func (e *Engine) claim(ctx context.Context) {
	text, err := json.Marshal(map[string]any{"placement": map[string]string{"preferred": e.config.Name}})
	if err != nil || e.alone() || e.config.First != e.config.Name {
		return
	}
	for range claimTries {
		e.ask(ctx, text)
		if mono.Sleep(ctx, claimEvery) != nil || e.server.NATS.JetStreamIsStreamLeader(jet.Account, journal.Stream) {
			return
		}
	}
}

// ask has no answer to wait for but the change of the lead itself.
func (e *Engine) ask(ctx context.Context, stepDown []byte) {
	ctx, cancel := context.WithTimeout(ctx, tryFor)
	defer cancel()
	_, _ = e.server.Conn.RequestWithContext(ctx, "$JS.API.STREAM.LEADER.STEPDOWN."+journal.Stream, stepDown)
}
