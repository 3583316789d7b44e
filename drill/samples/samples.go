// Package samples stores the requests of a drill compactly: about a dozen bytes
// each, in batches with a checksum, so that a torn tail is noticed.
package samples

import (
	"time"

	"github.com/drillctl/drillctl/drill"
)

// A Header begins a file of samples.
type Header struct {
	Version int           `json:"version"`
	Began   time.Time     `json:"began"` // wall clock at time 0, for print only
	Timeout time.Duration `json:"timeout_ns"`
}

// Version is that of the form written now. Files of version 2, whose places have
// no origin, of version 3, without intruders, and of version 4, which does not say
// whose token had expired, are read, too.
const (
	Version = 5
	oldest  = 2
)

const magic = "drillctl-samples\n"

const (
	batchSamples = 512
	maxBatch     = 1 << 20 // a batch of nothing but new, long names has less
	maxPlaces    = 1 << 14
	maxName      = 255
)

// ErrTorn means that the file ends in the middle, as a crash leaves it. All
// samples before that have been given.
var ErrTorn = drill.ErrTorn
