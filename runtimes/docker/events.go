package docker

import (
	"context"
	"strings"
	"time"

	"github.com/moby/moby/api/types/events"
	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

// watchEngine subscribes to the engine's events, before anything runs.
func (r *Runtime) watchEngine(ctx context.Context) error {
	r.events = &watch{r: r}
	if err := ctx.Err(); err != nil {
		return err
	}
	from := time.Now()
	r.all.Go(func() {
		for r.life.Err() == nil {
			from = r.listen(from)
			select { // the engine restarts, or the subscription was lost
			case <-r.life.Done():
			case <-time.After(200 * time.Millisecond):
			}
		}
		r.events.close()
	})
	return nil
}

// listen passes events on until the stream breaks, and returns from when to
// listen on.
func (r *Runtime) listen(from time.Time) time.Time {
	res := r.e.cli.Events(r.life, client.EventsListOptions{
		Since: unixNano(from), Filters: client.Filters{}.Add("type", "container"),
	})
	for {
		select {
		case m := <-res.Messages:
			from = time.Unix(0, m.TimeNano+1)
			r.heard(m)
		case <-res.Err:
			return from
		}
	}
}

func (r *Runtime) heard(msg events.Message) {
	r.mu.Lock()
	m, ok := r.members[msg.Actor.ID]
	var logs *pump
	if ok {
		logs = m.pump
	}
	r.mu.Unlock()
	if !ok {
		return
	}
	at := mono.Now() - time.Since(time.Unix(0, msg.TimeNano))
	// Health checks add words behind a colon.
	action, _, _ := strings.Cut(string(msg.Action), ":")
	switch events.Action(action) {
	case events.ActionStart:
		r.events.started(m, at)
		if logs != nil {
			logs.kick()
		}
	case events.ActionDie:
		r.orphan(m)
		r.events.died(m, at, msg.Actor.Attributes["exitCode"])
	case events.ActionOOM:
		r.mu.Lock()
		m.ooms++
		r.mu.Unlock()
	case events.ActionPause:
		r.events.turn(m, at, runtimes.Paused, "paused", "")
	case events.ActionUnPause:
		r.events.turn(m, at, runtimes.Running, "unpaused", "")
	}
}

func unixNano(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.000000000Z")
}
