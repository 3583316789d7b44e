// Package room asks a disk for space before it is written to. A log that finds out
// by a write that failed does not know how much of it is on the disk.
package room

import "golang.org/x/sys/unix"

// reserve is what has to be free in bytes, more than anything that is written at
// one time.
const reserve = 1 << 20

// Full says that the disk on which dir lies has no space for more. A disk that
// does not tell is not full.
func Full(dir string) bool {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil || fs.Blocks == 0 {
		return false
	}
	return fs.Bavail*uint64(fs.Bsize) < reserve
}
