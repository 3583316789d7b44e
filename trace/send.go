package trace

import (
	"context"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/notify/post"
)

// exporting bounds the export of a trace.
var exporting = post.Limits{Try: 5 * time.Second, Total: 10 * time.Second, Pause: 500 * time.Millisecond}

// Send exports a trace and insists for a bounded time, ten seconds at most; tries is
// how often it did.
func (e *Exporter) Send(ctx context.Context, rec drill.Record) (tries int, err error) {
	ctx, cancel := context.WithTimeout(ctx, exporting.Total)
	defer cancel()
	return post.Insist(ctx, exporting, func(ctx context.Context) error { return e.Export(ctx, rec) })
}
