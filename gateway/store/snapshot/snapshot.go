// Package snapshot puts a whole log, or a part of one, into a file or a request
// and checks on the way back that it is what was put in.
//
// The form is one line of JSON, the Header, followed by the entries as one JSON
// array whose SHA-256 the header holds.
package snapshot

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/drillctl/drillctl/gateway/store/order"
)

// ErrCorrupt says that a snapshot is not what was written.
var ErrCorrupt = errors.New("corrupt snapshot")

// A Header says what a snapshot holds.
type Header struct {
	Region string `json:"region"`   // whose log it is
	Epoch  uint64 `json:"epoch"`    // of the reign in which it was taken
	Taken  int64  `json:"taken_ns"` // on the machine's monotonic clock
	// Leads says that the region led, by its own lease, when it took this.
	Leads bool `json:"leads,omitempty"`
	// Generation counts the times that the log was replaced as a whole.
	Generation uint64 `json:"generation,omitempty"`
	// First is where the stream begins that continues the log; what is before
	// can only be had as a snapshot.
	First uint64       `json:"first,omitempty"`
	Spans []order.Span `json:"spans,omitempty"` // of the whole log, not only of the entries here
	Count int          `json:"count"`
	Sum   string       `json:"sha256"` // of what follows the header, hexadecimal
}

// A Snapshot is entries with their header.
type Snapshot struct {
	Header
	Entries []order.Entry
}

// Last is the newest entry, or the zero Entry.
func (s Snapshot) Last() order.Entry {
	if len(s.Entries) == 0 {
		return order.Entry{}
	}
	return s.Entries[len(s.Entries)-1]
}

// End is where the whole log ends, as far as its spans tell: an entry with
// nothing but Seq and Epoch.
func (s Snapshot) End() order.Entry {
	if len(s.Spans) == 0 {
		return order.Entry{}
	}
	last := s.Spans[len(s.Spans)-1]
	return order.Entry{Seq: last.Last, Epoch: last.Epoch}
}

// Encode writes the snapshot's form; it fills Count and Sum itself.
func (s Snapshot) Encode() ([]byte, error) {
	if s.Entries == nil {
		s.Entries = []order.Entry{}
	}
	body, err := json.Marshal(s.Entries)
	if err != nil {
		return nil, fmt.Errorf("encoding a snapshot: %w", err)
	}
	sum := sha256.Sum256(body)
	s.Count, s.Sum = len(s.Entries), hex.EncodeToString(sum[:])
	head, err := json.Marshal(s.Header)
	if err != nil {
		return nil, fmt.Errorf("encoding a snapshot: %w", err)
	}
	return append(append(head, '\n'), body...), nil
}

// Decode reads what Encode wrote. Anything else is an ErrCorrupt.
func Decode(text []byte) (Snapshot, error) {
	var s Snapshot
	head, body, ok := bytes.Cut(text, []byte{'\n'})
	if !ok {
		return s, fmt.Errorf("%w: it has no header", ErrCorrupt)
	}
	if err := json.Unmarshal(head, &s.Header); err != nil {
		return s, fmt.Errorf("%w: header: %w", ErrCorrupt, err)
	}
	sum := sha256.Sum256(body)
	if got := hex.EncodeToString(sum[:]); got != s.Sum {
		return s, fmt.Errorf("%w: SHA-256 is %.12s, the header says %.12s", ErrCorrupt, got, s.Sum)
	}
	if err := json.Unmarshal(body, &s.Entries); err != nil {
		return s, fmt.Errorf("%w: entries: %w", ErrCorrupt, err)
	}
	if len(s.Entries) != s.Count {
		return s, fmt.Errorf("%w: %d entries, the header says %d", ErrCorrupt, len(s.Entries), s.Count)
	}
	return s, nil
}
