// Package rundir is the directory of one run: everything that a drill leaves on
// disk, and enough to judge it again.
package rundir

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/drillctl/drillctl/internal/atomicfile"
)

// The files of a run.
const (
	Attempt    = "attempt.json"  // registered before anything is touched
	Scenario   = "scenario.yaml" // as resolved, no defaults left open
	Spec       = "spec.json"     // what judging needs, with the targets picked
	Events     = "events.jsonl"  // the log
	Samples    = "samples.bin"   // every request of the load
	FinalReads = "final-reads.json"
	Journal    = "journal.jsonl" // damage, written ahead
	Head       = "head.json"     // the record before judging: who, what, where, how it ended
	Baseline   = "baseline.json" // how it compares with earlier runs, if that was asked
	Notices    = "notices.json"  // what became of the messages about it, if there were any
	Record     = "record.json"   // what it all came to
	// Configuration is how everything was set up before the drill, values that must
	// not be told hashed.
	Configuration = "configuration.json"
	Manifest      = "manifest.json"       // SHA-256 of all other files
	Unsealed      = "unsealed.json"       // why there is no manifest, or no signature that was asked for, and the files then
	People        = "people.jsonl"        // what people added afterwards
	Statement     = "statement.json"      // in-toto test result, to be signed
	Envelope      = "statement.dsse.json" // the statement signed
	Logs          = "logs"                // what each node printed
	LockFile      = "lock"                // empty; whoever works on the run holds it
)

// A Dir is one run's directory.
type Dir struct {
	Root string // the state directory, e.g. .drillctl
	ID   string
}

// Path is the place of one of the run's files.
func (d Dir) Path(name string) string { return filepath.Join(d.Root, "runs", d.ID, name) }

// NewID makes a run id that sorts by time: 20261123T071500-region-blackhole-3fa9.
func NewID(now time.Time, scenario string, salt uint64) string {
	return fmt.Sprintf("%s-%s-%04x", now.UTC().Format("20060102T150405"), slug(scenario), uint16(salt))
}

// Began is when the run's id was made, by the id itself.
func (d Dir) Began() (time.Time, bool) {
	stamp, _, _ := strings.Cut(d.ID, "-")
	t, err := time.Parse("20060102T150405", stamp)
	return t, err == nil
}

func slug(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, strings.ToLower(s))
	return s[:min(len(s), 48)]
}

// Create makes the directory of a new run; that it exists already is an error.
func Create(root, id string) (Dir, error) {
	d := Dir{Root: root, ID: id}
	if err := os.MkdirAll(filepath.Join(root, "runs"), 0o755); err != nil {
		return d, fmt.Errorf("state directory: %w", err)
	}
	if err := os.Mkdir(d.Path(""), 0o755); err != nil {
		return d, fmt.Errorf("run directory: %w", err)
	}
	if err := os.Mkdir(d.Path(Logs), 0o755); err != nil {
		return d, fmt.Errorf("run directory: %w", err)
	}
	return d, nil
}

// WriteJSON writes v to the named file so that a crash leaves the old file or
// the new one, never half of one.
func (d Dir) WriteJSON(name string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return d.Write(name, append(data, '\n'))
}

// Write is WriteJSON for bytes.
func (d Dir) Write(name string, data []byte) error {
	if err := atomicfile.Write(d.Path(name), data); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// ReadJSON reads the named file into v.
func (d Dir) ReadJSON(name string, v any) error {
	data, err := os.ReadFile(d.Path(name))
	if err != nil {
		return fmt.Errorf("run %s: %w", d.ID, err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("run %s: %s: %w", d.ID, name, err)
	}
	return nil
}

// Sum is the SHA-256 of data in hexadecimal.
func Sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}
