package runtimes

import "time"

// A Resource is something of which an instance can get less.
type Resource string

// The resources.
const (
	CPU    Resource = "cpu"    // in processors
	Memory Resource = "memory" // in bytes
)

// A Limit is how much of a resource an instance may use.
type Limit struct {
	Amount float64 `json:"amount"` // processors or bytes; 0 is no limit
	// Settings are the runtime's own, of which it makes the same limit again.
	Settings map[string]int64 `json:"settings,omitempty"`
}

// Usage is what the kernel says of an instance's resources at one moment.
type Usage struct {
	CPUs        int           // that the machine has
	CPU         time.Duration // processor time used since the start
	Throttled   uint64        // times that the limit of processors held it back
	Memory      uint64        // bytes in use that the kernel could not simply drop
	MemoryLimit uint64        // bytes, as the kernel holds it; of no limit what the machine has
}
