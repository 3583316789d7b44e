// Package mono reads the machine's monotonic clock, so that instants stamped
// by different processes on one machine can be compared to the nanosecond. It also
// has a sleep that a context ends.
package mono

import (
	"time"

	"golang.org/x/sys/unix"
)

// Now is CLOCK_MONOTONIC. Every process on the machine (in any container or
// namespace of it) sees the same clock; it never jumps.
func Now() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		panic("clock_gettime(CLOCK_MONOTONIC): " + err.Error())
	}
	return time.Duration(ts.Nano())
}
