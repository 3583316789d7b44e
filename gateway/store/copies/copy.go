// Package copies keeps backups of the log: each place has a cupboard of the
// newest ones, and a manifest that says what each was when it was put in.
//
// A copy is checked against its manifest whenever it is read: the sum in a
// snapshot covers its entries only, and of a copy that has vanished the manifest
// is all that is left.
package copies

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/drillctl/drillctl/gateway/store/snapshot"
)

// The kinds of storage.
const (
	Files   = "files"   // in the directory of a store
	Objects = "objects" // in an object store, a node of its own
)

// A Copy is what the manifest says of one backup.
type Copy struct {
	Name     string    `json:"name"` // names of one log are in order of age
	Kind     string    `json:"kind"`
	Region   string    `json:"region"`   // whose log it is
	Epoch    uint64    `json:"epoch"`    // of the reign in which it was taken
	Sequence uint64    `json:"sequence"` // of its newest entry
	Count    int       `json:"count"`    // of entries
	Taken    int64     `json:"taken_ns"` // on the machine's monotonic clock
	Stored   time.Time `json:"stored"`   // by the wall clock, for people
	Bytes    int       `json:"bytes"`
	SHA256   string    `json:"sha256"` // of all bytes, hexadecimal
}

// ext ends the names of copies.
const ext = ".snapshot"

// describe is the line of a snapshot whose form is text.
func describe(kind string, s snapshot.Snapshot, text []byte) Copy {
	return Copy{Name: fmt.Sprintf("%020d-%020d", s.Epoch, s.Taken) + ext, Kind: kind, Region: s.Region, Epoch: s.Epoch,
		Sequence: s.Last().Seq, Count: len(s.Entries), Taken: s.Taken, Stored: time.Now().UTC(), Bytes: len(text), SHA256: sum(text)}
}

func sum(text []byte) string {
	s := sha256.Sum256(text)
	return hex.EncodeToString(s[:])
}

// Open reads the copy if text is what was put in, to the last byte. Anything else
// is a snapshot.ErrCorrupt.
func (c Copy) Open(text []byte) (snapshot.Snapshot, error) {
	if got := sum(text); got != c.SHA256 {
		return snapshot.Snapshot{}, fmt.Errorf("%w: %s has %d bytes with the SHA-256 %.12s, the manifest says %d and %.12s",
			snapshot.ErrCorrupt, c.Name, len(text), got, c.Bytes, c.SHA256)
	}
	return snapshot.Decode(text)
}
