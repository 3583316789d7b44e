// Package emit writes what a node of the bundled system has to tell the drill:
// one JSON line per event, stamped on the machine's monotonic clock at the
// moment of the call.
package emit

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/mono"
)

// Tag is the value of the key "drillctl" that marks a line as an event.
const Tag = "event"

// A Node says who emits. Its name and region stand in for an empty subject and
// an empty region.
type Node struct {
	Name   string
	Region string
}

// A Line is one event as it stands in a node's output.
type Line struct {
	Drillctl string            `json:"drillctl"` // always Tag
	Mono     time.Duration     `json:"mono_ns"`  // CLOCK_MONOTONIC of this machine
	Kind     drill.Kind        `json:"kind"`
	Subject  string            `json:"subject,omitempty"`
	Region   string            `json:"region,omitempty"` // of the subject
	By       string            `json:"by,omitempty"`     // the node that emits
	Data     map[string]string `json:"data,omitempty"`
	Note     string            `json:"note,omitempty"`
}

// An Emitter writes events, each with a single Write, so that lines of several
// goroutines never mix. It is safe for concurrent use.
type Emitter struct {
	mu   sync.Mutex
	w    io.Writer
	node Node
	err  error
}

// New returns an emitter that writes to w in the name of node.
func New(w io.Writer, node Node) *Emitter {
	return &Emitter{w: w, node: node}
}

// Event writes one event now. An empty subject or region means the emitting
// node's own. The stamp is taken under the lock: lines are in order of time.
func (e *Emitter) Event(kind drill.Kind, subject, region string, data map[string]string, note string) {
	line := Line{Drillctl: Tag, Kind: kind, Subject: subject, Region: region, By: e.node.Name, Data: data, Note: note}
	if subject == "" {
		line.Subject = e.node.Name
	}
	if region == "" {
		line.Region = e.node.Region
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	line.Mono = mono.Now()
	e.write(line)
}

func (e *Emitter) write(line Line) {
	text, err := json.Marshal(line)
	if err == nil {
		_, err = e.w.Write(append(text, '\n'))
	}
	if err != nil && e.err == nil {
		e.err = fmt.Errorf("writing an event of %s: %w", e.node.Name, err)
	}
}

// Err returns the first error of writing, if there was one: a node whose
// events are lost cannot be measured.
func (e *Emitter) Err() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}
