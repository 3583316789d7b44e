package load

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/load/pace"
)

// A Command is one line to the worker.
type Command struct {
	Cmd    string  `json:"cmd"`              // start, stop-load, read-final or quit
	Seq    uint64  `json:"seq,omitempty"`    // given back in the answer
	Config *Config `json:"config,omitempty"` // of start
	// When, Sources and Limit are those of read-final: a label, the sources to
	// read ("gateway" or regions; none means all), and how long to try.
	When    string        `json:"when,omitempty"`
	Sources []string      `json:"sources,omitempty"`
	Limit   time.Duration `json:"limit_ns,omitempty"`
}

// The commands.
const (
	cmdStart     = "start"
	cmdStopLoad  = "stop-load"
	cmdReadFinal = "read-final"
	cmdQuit      = "quit"
)

// The kinds of frame, by their first byte.
const (
	frameHello   = 'h' // JSON Hello: the worker is there
	frameSamples = 's' // some samples (see appendBatch)
	frameAnswer  = 'a' // JSON Answer to a command
)

// An Answer ends one command. Body is Grids for start, Stats for stop-load
// (after the last sample) and []drill.FinalRead for read-final.
type Answer struct {
	Seq  uint64          `json:"seq"`
	Err  string          `json:"err,omitempty"` // why the command could not be carried out
	Body json.RawMessage `json:"body,omitempty"`
}

// maxFrame bounds what the controller takes from a worker.
const maxFrame = 256 << 20

// Hello is the first frame of a worker.
type Hello struct {
	Mono time.Duration `json:"mono_ns"`
	PID  int           `json:"pid"`
}

// Grids are the pacing grids of the routes, by the name of the route, in time
// of the drill.
type Grids map[string]pace.Grid

// Stats is what the generator says about itself at the end.
type Stats struct {
	Routes map[string]RouteStats `json:"routes"`
	// Dropped counts samples that could not be kept because nobody took them:
	// the record has holes then.
	Dropped uint64 `json:"dropped"`
	// Attempted is the last number given to a write; numbers are dense from 1.
	Attempted uint64 `json:"attempted"`
}

// RouteStats are the counts of one route.
type RouteStats struct {
	pace.Counts
	Samples        uint64 `json:"samples"`
	Answered       uint64 `json:"answered"` // by the samples
	VegetaAnswered uint64 `json:"vegeta_answered"`
}

// Check says why the samples are not the whole truth, if they are not.
func (s Stats) Check() error {
	var errs []error
	if s.Dropped > 0 {
		errs = append(errs, fmt.Errorf("%d samples were dropped: the controller did not take them in time", s.Dropped))
	}
	for name, r := range s.Routes {
		if r.Samples != r.Sent || r.Answered != r.VegetaAnswered {
			errs = append(errs, fmt.Errorf("route %s: %d slots sent and %d samples; %d answers, %d by vegeta's count", name, r.Sent, r.Samples, r.Answered, r.VegetaAnswered))
		}
	}
	return errors.Join(errs...)
}

// A frameWriter writes frames from several goroutines.
type frameWriter struct {
	mu    sync.Mutex
	w     io.Writer
	frame []byte
	batch []byte
}

func (f *frameWriter) json(kind byte, v any) error {
	payload, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode frame %c: %w", kind, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.send(kind, payload)
}

func (f *frameWriter) samples(batch []drill.Sample) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.batch = appendBatch(f.batch[:0], batch)
	return f.send(frameSamples, f.batch)
}

// send writes a frame at once, under the lock.
func (f *frameWriter) send(kind byte, payload []byte) error {
	f.frame = binary.AppendUvarint(append(f.frame[:0], kind), uint64(len(payload)))
	f.frame = append(f.frame, payload...)
	if _, err := f.w.Write(f.frame); err != nil {
		return fmt.Errorf("write to the controller: %w", err)
	}
	return nil
}

// A frameReader reads what a frameWriter wrote.
type frameReader struct{ r *bufio.Reader }

func newFrameReader(r io.Reader) *frameReader {
	return &frameReader{r: bufio.NewReaderSize(r, 64<<10)}
}

// next gives one frame; io.EOF between frames is the worker's end.
func (f *frameReader) next() (kind byte, payload []byte, err error) {
	if kind, err = f.r.ReadByte(); err != nil {
		return 0, nil, err
	}
	n, err := binary.ReadUvarint(f.r)
	if err != nil {
		return 0, nil, fmt.Errorf("length of frame %q: %w", kind, noEOF(err))
	}
	if n > maxFrame {
		return 0, nil, fmt.Errorf("frame %q of %d bytes: too long", kind, n)
	}
	payload = make([]byte, n)
	if _, err := io.ReadFull(f.r, payload); err != nil {
		return 0, nil, fmt.Errorf("frame %q: %w", kind, noEOF(err))
	}
	return kind, payload, nil
}

// noEOF tells an end within a frame from one between frames.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
