package elect

import (
	"os"

	"golang.org/x/sys/unix"
)

// reserved is more than terms and votes ever need, in bytes.
const reserved = 1 << 20

// reserve keeps space for a file, so that elections go on when the disk is full: a
// voter that cannot note its vote must end. Where the file system cannot, they do
// not.
func reserve(path string) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer f.Close()
	_ = unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, 0, reserved)
}
