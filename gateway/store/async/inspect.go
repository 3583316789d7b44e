package async

import (
	"context"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/gateway/store/copies"
	"github.com/drillctl/drillctl/internal/mono"
)

// inspectWait bounds each request of a look: nobody waits for it.
const inspectWait = 2 * time.Second

// late is how many backups a place may miss before it counts as sick.
const late = 3

// lookAfter reads all backups from time to time: one that is damaged or missing
// has to be found before it is needed.
func (e *Engine) lookAfter(ctx context.Context) {
	if e.config.Backups.Unchecked {
		return
	}
	tick := time.NewTicker(e.config.Backups.Check)
	defer tick.Stop()
	for {
		e.inspect(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (e *Engine) inspect(ctx context.Context) {
	places := e.targets()
	found := make([]error, len(places))
	oldest := mono.Now() - late*e.config.Backups.Every - inspectWait
	var all sync.WaitGroup
	for i, p := range places {
		all.Go(func() { found[i] = p.Inspect(ctx, int64(oldest), inspectWait) })
	}
	all.Wait()
	for i, p := range places {
		if ctx.Err() == nil { // what was cut off by the end of a reign says nothing
			e.judge(p, found[i])
		}
	}
}

// judge tells when a place has become, or is no longer, one that a restore could
// not rely on.
func (e *Engine) judge(p copies.Place, why error) {
	if e.sick[p.Name] == (why != nil) {
		return
	}
	e.sick[p.Name] = why != nil
	to, note := drill.Healthy, "its backups are whole again"
	if why != nil {
		to, note = drill.Unhealthy, why.Error()
	}
	e.events.Event(drill.KindHealth, p.Name, p.Region, map[string]string{"to": to, "by": e.config.Name, "via": "backups"}, note)
}
