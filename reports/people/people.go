// Package people is what people add to a run after it: notes, findings and
// signatures, kept in lines that are chained to each other and to the run.
package people

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The kinds of entries.
const (
	Note      = "note"
	Finding   = "finding"
	Close     = "close"
	Signature = "signature"
)

// Severities from the worst down.
var Severities = []string{"critical", "high", "medium", "low"}

// DueAfter are the days that a finding of a severity may stay open when nobody
// says otherwise.
var DueAfter = map[string]int{"critical": 30, "high": 60, "medium": 90, "low": 180}

// An Entry is one line of people.jsonl. Prev is the SHA-256 of the line before
// it; that of the first line is of the run's manifest.
type Entry struct {
	Seq  int       `json:"seq"`
	At   time.Time `json:"at"`
	Kind string    `json:"kind"`
	By   string    `json:"by,omitempty"`
	Role string    `json:"role,omitempty"`
	Text string    `json:"text,omitempty"`
	// ID names a finding, in the line that opens it and in the one that closes it.
	ID        string `json:"id,omitempty"`
	Severity  string `json:"severity,omitempty"`
	Owner     string `json:"owner,omitempty"`
	Due       string `json:"due,omitempty"` // a date, 2006-01-02
	Objective string `json:"objective,omitempty"`
	Affects   string `json:"affects,omitempty"` // a clause, or a section of the plan
	Ticket    string `json:"ticket,omitempty"`
	// KeyID and Sig are of a signature with a key: Ed25519 over Signed.
	KeyID string `json:"key_id,omitempty"`
	Sig   []byte `json:"sig,omitempty"`
	Prev  string `json:"prev"`
}

// Signed is what a signature with a key is over: the entry without it.
func (e Entry) Signed() []byte {
	e.Sig = nil
	return e.line()
}

func (e Entry) line() []byte {
	b, err := json.Marshal(e)
	if err != nil {
		panic(fmt.Sprintf("an entry of plain fields must encode: %v", err))
	}
	return b
}

// Append returns the line of a new entry, numbered and chained to the lines
// before it, of which the first is chained to root.
func Append(before []byte, root string, e Entry) (Entry, []byte) {
	lines := split(before)
	e.Seq, e.Prev = len(lines)+1, root
	if len(lines) > 0 {
		e.Prev = Sum(lines[len(lines)-1])
	}
	return e, append(e.line(), '\n')
}

// Sum is the SHA-256 of a line without its end.
func Sum(line []byte) string {
	h := sha256.Sum256(line)
	return hex.EncodeToString(h[:])
}

func split(data []byte) [][]byte {
	var lines [][]byte
	for l := range bytes.Lines(data) {
		if l = bytes.TrimRight(l, "\n"); len(l) > 0 {
			lines = append(lines, l)
		}
	}
	return lines
}

// Parse reads the lines. It does not look at the chain: Check does.
func Parse(data []byte) ([]Entry, error) {
	var out []Entry
	in := bufio.NewScanner(bytes.NewReader(data))
	in.Buffer(nil, 1<<20)
	for n := 1; in.Scan(); n++ {
		var e Entry
		if err := json.Unmarshal(in.Bytes(), &e); err != nil {
			return out, fmt.Errorf("people.jsonl: line %d: %w", n, err)
		}
		out = append(out, e)
	}
	if err := in.Err(); err != nil {
		return out, fmt.Errorf("people.jsonl: %w", err)
	}
	return out, nil
}

// Check names every place at which the chain from root does not hold.
func Check(data []byte, root string) []string {
	var wrong []string
	prev := root
	for i, l := range split(data) {
		var e Entry
		switch err := json.Unmarshal(l, &e); {
		case err != nil:
			wrong = append(wrong, fmt.Sprintf("line %d cannot be read", i+1))
		case e.Seq != i+1:
			wrong = append(wrong, fmt.Sprintf("line %d is numbered %d: lines were removed, added or swapped", i+1, e.Seq))
		case e.Prev != prev:
			wrong = append(wrong, fmt.Sprintf("line %d does not follow the one before it: that one was changed", i+1))
		}
		prev = Sum(l)
	}
	return wrong
}

// NewID numbers a finding of a run.
func NewID(entries []Entry) string {
	n := 1
	for _, e := range entries {
		if e.Kind == Finding {
			n++
		}
	}
	return fmt.Sprintf("F%d", n)
}

// KnownSeverity says whether a word is one, and which ones there are.
func KnownSeverity(s string) error {
	if slices.Contains(Severities, s) {
		return nil
	}
	return fmt.Errorf("severity %q is not known; one of %s", s, strings.Join(Severities, ", "))
}

// Sums are the SHA-256 of the lines.
func Sums(data []byte) []string {
	var out []string
	for _, l := range split(data) {
		out = append(out, Sum(l))
	}
	return out
}
