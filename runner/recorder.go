package runner

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/drill/samples"
)

// A recorder takes everything that is seen during a drill, from many
// goroutines: events into a log, samples into a compact file, both counted
// live. What is written survives the drill's own death.
type recorder struct {
	mu      sync.Mutex
	events  []drill.Event
	lines   *json.Encoder
	buf     *bufio.Writer
	samples *samples.Writer
	flushed time.Duration // up to this time of the drill
	live    *counters
	err     error
	closed  bool
	onEvent func(drill.Event)
	scrub   func(string) string // optional
}

// flushEvery is how much of the load a drill that is killed may lose at most.
const flushEvery = time.Second

func newRecorder(events io.Writer, sw *samples.Writer, live *counters) *recorder {
	buf := bufio.NewWriter(events)
	return &recorder{lines: json.NewEncoder(buf), buf: buf, samples: sw, live: live}
}

// emit adds an event that carries its own time.
func (r *recorder) emit(e drill.Event) {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return
	}
	e = r.scrubbed(e)
	r.events = append(r.events, e)
	if err := errors.Join(r.lines.Encode(e), r.buf.Flush()); err != nil && r.err == nil {
		r.err = fmt.Errorf("write events: %w", err)
	}
	tell := r.onEvent
	r.mu.Unlock()
	if tell != nil {
		tell(e)
	}
}

// scrubbed is an event without what must not be told. What it is about is ours;
// notes and data may be of others.
func (r *recorder) scrubbed(e drill.Event) drill.Event {
	if r.scrub == nil {
		return e
	}
	e.Subject, e.Note, e.Data = r.scrub(e.Subject), r.scrub(e.Note), maps.Clone(e.Data)
	for k, v := range e.Data {
		e.Data[k] = r.scrub(v)
	}
	return e
}

// Samples takes a batch of requests from the load.
func (r *recorder) Samples(batch []drill.Sample) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	for _, s := range batch {
		r.live.add(s)
		if err := r.samples.Write(s); err != nil && r.err == nil {
			r.err = fmt.Errorf("write samples: %w", err)
		}
		if s.End >= r.flushed+flushEvery {
			r.flushed = s.End
			if err := r.samples.Flush(); err != nil && r.err == nil {
				r.err = fmt.Errorf("write samples: %w", err)
			}
		}
	}
}

// close ends the recording: the log sorted and numbered.
func (r *recorder) close(began time.Time) (drill.Log, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	err := errors.Join(r.err, r.samples.Close(), r.buf.Flush())
	return drill.Log{Began: began, Events: number(r.events)}, err
}

// number sorts events by time, stably, and numbers them.
func number(events []drill.Event) []drill.Event {
	out := slices.Clone(events)
	slices.SortStableFunc(out, func(a, b drill.Event) int {
		switch {
		case a.At < b.At:
			return -1
		case a.At > b.At:
			return 1
		}
		return 0
	})
	for i := range out {
		out[i].Seq = uint64(i + 1)
	}
	return out
}
