package room

import (
	"errors"
	"time"
)

// ErrFull says that the disk has no room for another entry.
var ErrFull = errors.New("the disk is full")

// LookEvery is how often a store looks for room, also when nobody writes.
const LookEvery = 100 * time.Millisecond

// A Disk is where a store writes.
type Disk struct {
	// Full says that it has no room; nil never is. A leader hands over then, and no
	// store writes.
	Full func() bool
	// AckWithoutDisk is the bug of that name: a full disk is not noticed, and what
	// it does not take is acknowledged and forgotten.
	AckWithoutDisk bool
}

// Refuses says that nothing may be written.
func (d Disk) Refuses() bool { return d.full() && !d.AckWithoutDisk }

// Loses says that what cannot be written is acknowledged.
func (d Disk) Loses() bool { return d.full() && d.AckWithoutDisk }

func (d Disk) full() bool { return d.Full != nil && d.Full() }
