package rundir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Chain is the file, beside the runs, in which every attempt, seal, note and
// signature is a line that holds the SHA-256 of the line before it.
const Chain = "chain.jsonl"

// What a line of the chain is about.
const (
	LinkAttempt   = "attempt"   // of attempt.json: a run was registered
	LinkSeal      = "seal"      // of manifest.json: a run has ended, or was recovered
	LinkUnsealed  = "unsealed"  // of unsealed.json: a seal or a signature failed, or a run died
	LinkPeople    = "people"    // of one line of people.jsonl
	LinkSignature = "signature" // of statement.dsse.json
)

// A Link is one line of the chain.
type Link struct {
	Seq    int       `json:"seq"`
	At     time.Time `json:"at"`
	Kind   string    `json:"kind"`
	Run    string    `json:"run"`
	SHA256 string    `json:"sha256"`
	Prev   string    `json:"prev"` // SHA-256 of the line before it; "" for the first
}

// Extend adds a line to the chain and returns its SHA-256, the chain's new head.
// It is durable when Extend returns; concurrent runs wait for each other.
func Extend(root string, l Link) (head string, err error) {
	return extend(root, func(string) (Link, error) { return l, nil })
}

// extend lets fill make the line, knowing the SHA-256 of the line before it,
// while nobody else can add one.
func extend(root string, fill func(prev string) (Link, error)) (head string, err error) {
	f, err := os.OpenFile(filepath.Join(root, Chain), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return "", fmt.Errorf("chain: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := lockWait(f); err != nil {
		return "", fmt.Errorf("chain: %w", err)
	}
	last, seq, end, err := lastLink(f)
	if err != nil {
		return "", err
	}
	l, err := fill(last)
	if err != nil {
		return "", err
	}
	l.Seq, l.Prev = seq+1, last
	line, err := json.Marshal(l)
	if err != nil {
		return "", fmt.Errorf("chain: %w", err)
	}
	if err := f.Truncate(end); err != nil { // a line that was cut short by a crash was never promised
		return "", fmt.Errorf("chain: %w", err)
	}
	if _, err := f.WriteAt(append(line, '\n'), end); err != nil {
		return "", fmt.Errorf("chain: %w", err)
	}
	if err := f.Sync(); err != nil {
		return "", fmt.Errorf("chain: %w", err)
	}
	return Sum(line), nil
}

// tailBytes is many lines: a line is about 300 bytes.
const tailBytes = 16 << 10

// lastLink reads the end of the chain: the last whole line's sum and number, and
// where it ends.
func lastLink(f *os.File) (sum string, seq int, end int64, err error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return "", 0, 0, fmt.Errorf("chain: %w", err)
	}
	from := max(0, size-tailBytes)
	tail := make([]byte, size-from)
	if _, err := f.ReadAt(tail, from); err != nil {
		return "", 0, 0, fmt.Errorf("chain: %w", err)
	}
	whole := tail[:bytes.LastIndexByte(tail, '\n')+1]
	if len(whole) == 0 && from > 0 {
		return "", 0, 0, fmt.Errorf("chain: its last %d bytes are no line; nothing is added to it", tailBytes)
	}
	if len(whole) == 0 {
		return "", 0, 0, nil
	}
	line := whole[bytes.LastIndexByte(whole[:len(whole)-1], '\n')+1 : len(whole)-1]
	var l Link
	if err := json.Unmarshal(line, &l); err != nil {
		return "", 0, 0, fmt.Errorf("chain: its last line cannot be read: %w", err)
	}
	return Sum(line), l.Seq, from + int64(len(whole)), nil
}

// A ChainLine is a line of the chain with its own SHA-256. Err says that it
// cannot be read.
type ChainLine struct {
	Link
	Sum string
	Err error
}

// ReadChain reads the whole chain as it is; nothing of it is checked.
func ReadChain(root string) ([]ChainLine, error) {
	data, err := os.ReadFile(filepath.Join(root, Chain))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("chain: %w", err)
	}
	var out []ChainLine
	for line := range bytes.Lines(data) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		c := ChainLine{Sum: Sum(line)}
		c.Err = json.Unmarshal(line, &c.Link)
		if again, err := json.Marshal(c.Link); c.Err == nil && (err != nil || !bytes.Equal(again, line)) {
			c.Err = errors.New("it is not as drillctl writes it")
		}
		out = append(out, c)
	}
	return out, nil
}
