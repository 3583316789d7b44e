//go:build !linux

// Package mono reads a monotonic clock. Outside Linux it counts from the
// start of the process: enough to render and judge stored runs, which is all
// that drillctl does there.
package mono

import "time"

var began = time.Now()

// Now is the time since this process began.
func Now() time.Duration { return time.Since(began) }
