package runner

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

// NodeEvents is the observer of what the system's own nodes say about
// themselves and each other: health transitions, leaders, routes. They write
// one JSON line per event to their logs, stamped by the machine's clock, so it
// does not matter how late the line is read.
type NodeEvents struct{ Runtime runtimes.Runtime }

// A nodeLine is an event as a node prints it.
type nodeLine struct {
	Drillctl string            `json:"drillctl"`
	Mono     time.Duration     `json:"mono_ns"`
	Kind     drill.Kind        `json:"kind"`
	Subject  string            `json:"subject"`
	Region   string            `json:"region"`
	By       string            `json:"by"`
	Data     map[string]string `json:"data"`
	Note     string            `json:"note"`
}

// Observe follows the logs of all instances until ctx ends. It tells at once of
// one that it can follow no longer.
func (n NodeEvents) Observe(ctx context.Context, origin time.Duration, emit func(drill.Event)) error {
	all, err := n.Runtime.Instances(ctx)
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var errs error
	for _, in := range all {
		l, ok := in.(runtimes.Logger)
		if !ok {
			continue
		}
		wg.Go(func() {
			if err := follow(ctx, l, origin, emit); err != nil && ctx.Err() == nil {
				name := in.Node().Name
				emit(drill.Event{At: mono.Now() - origin, Kind: drill.KindNote, Subject: name, Note: fmt.Sprintf("what %s logs from here on is not seen: %v", name, err)})
				mu.Lock()
				errs = errors.Join(errs, err)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return errs
}

const maxLine = 1 << 20

func follow(ctx context.Context, l runtimes.Logger, origin time.Duration, emit func(drill.Event)) error {
	logs, err := l.Logs(ctx)
	if err != nil {
		return err
	}
	defer logs.Close()
	lines := bufio.NewScanner(logs)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	for lines.Scan() {
		if e, ok := parseNodeLine(lines.Bytes(), origin); ok {
			emit(e)
		}
	}
	return lines.Err()
}

// parseNodeLine tells events from all else that a node prints.
func parseNodeLine(line []byte, origin time.Duration) (drill.Event, bool) {
	var n nodeLine
	if len(line) == 0 || line[0] != '{' || json.Unmarshal(line, &n) != nil || n.Drillctl != "event" {
		return drill.Event{}, false
	}
	data := maps.Clone(n.Data)
	if n.By != "" {
		if data == nil {
			data = map[string]string{}
		}
		data["by"] = n.By
	}
	return drill.Event{At: n.Mono - origin, Kind: n.Kind, Subject: n.Subject, Region: n.Region, Note: n.Note, Data: data}, true
}

// InstanceEvents is the observer of instances that start, end and restart.
type InstanceEvents struct{ Runtime runtimes.Runtime }

// Observe passes on what the runtime sees, if it watches at all.
func (n InstanceEvents) Observe(ctx context.Context, origin time.Duration, emit func(drill.Event)) error {
	w, ok := n.Runtime.(runtimes.Watcher)
	if !ok {
		return nil
	}
	events, err := w.Watch(ctx)
	if err != nil {
		return err
	}
	for e := range events {
		emit(drill.Event{At: e.At - origin, Kind: drill.KindInstance, Subject: e.Instance, Note: e.Note, Data: map[string]string{"to": e.To}})
	}
	return nil
}
