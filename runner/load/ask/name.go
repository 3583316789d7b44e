// Package ask is how a system is asked that drillctl knows nothing of: requests
// with places for the number of a record, what an answer must be like, and how
// the records are found again.
package ask

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Names give the numbered records of one run names that no other run has: what
// an earlier run left in the system must never count as found.
type Names struct {
	key  string // of the run, in every name
	base uint64 // of its numbers
	high uint64 // the first half of its UUIDs
}

const (
	perRun   = 1 << 21 // numbers of one run: 2 million, over 4 days at 5/s
	version8 = 8 << 12 // RFC 9562: a UUID of the maker's own making
	variant  = 2 << 62
)

// NamesOf are the names of a run.
func NamesOf(run string) Names {
	sum := sha256.Sum256([]byte(run))
	base := uint64(binary.BigEndian.Uint32(sum[:])) * perRun // below 2^53: exact in every JSON reader
	high := binary.BigEndian.Uint64(sum[4:])
	return Names{key: "d" + hex.EncodeToString(sum[12:17]), base: base, high: high&^0xf000 | version8}
}

// Key is the run's part of all names.
func (n Names) Key() string { return n.key }

// ID is a record's name as text.
func (n Names) ID(seq uint64) string { return n.key + "-" + strconv.FormatUint(seq, 10) }

// Number is a record's name as a whole number below 2^53.
func (n Names) Number(seq uint64) string { return strconv.FormatUint(n.base+seq, 10) }

// UUID is a record's name as a UUID, version 8.
func (n Names) UUID(seq uint64) string {
	low := variant | seq
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", n.high>>32, n.high>>16&0xffff, n.high&0xffff, low>>48, low&(1<<48-1))
}

// Seq finds the number of a record by any of its names; false says that the name
// is not of this run.
func (n Names) Seq(name string) (uint64, bool) {
	if s, ok := strings.CutPrefix(name, n.key+"-"); ok {
		seq, err := strconv.ParseUint(s, 10, 64)
		return seq, err == nil && n.ID(seq) == name
	}
	if len(name) == 36 {
		low, err := strconv.ParseUint(name[19:23]+name[24:], 16, 64)
		seq := low &^ (3 << 62)
		return seq, err == nil && strings.EqualFold(n.UUID(seq), name)
	}
	v, err := strconv.ParseUint(name, 10, 64)
	return v - n.base, err == nil && v > n.base && v-n.base < perRun
}
