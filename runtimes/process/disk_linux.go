package process

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/drillctl/drillctl/runtimes"
)

var _ runtimes.InMount = (*Instance)(nil)

// giveDisk gives the node a file system of its own for its data, in memory. Only
// what is started on the node's thread sees it, and it ends with the thread.
func (n *node) giveDisk() (err error) {
	if n.spec.Disk == 0 {
		return nil
	}
	if n.spec.Data == "" {
		return fmt.Errorf("node %s: a disk without a directory for data", n.spec.Name)
	}
	if err := os.MkdirAll(n.spec.Data, 0o755); err != nil {
		return fmt.Errorf("node %s: %w", n.spec.Name, err)
	}
	if gone := n.net.do(func() { err = mountDisk(n.spec.Data, n.spec.Disk) }); gone != nil {
		return gone
	}
	if err != nil {
		return fmt.Errorf("node %s: a disk of its own: %w", n.spec.Name, err)
	}
	return nil
}

// mountDisk is called on a thread of its own, whose mounts nobody else shares
// afterwards.
func mountDisk(dir string, size int64) error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return os.NewSyscallError("unshare", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return os.NewSyscallError("mount", err)
	}
	flags := uintptr(unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC)
	return os.NewSyscallError("mount", unix.Mount("drillctl", dir, "tmpfs", flags, fmt.Sprintf("size=%d,mode=0755", size)))
}

// RunInMount implements [runtimes.InMount] for the node's disk. It is kept over
// restarts, and so is the process.
func (i *Instance) RunInMount(ctx context.Context, at string, args []string) (runtimes.Process, runtimes.Mount, error) {
	if i.node.Disk == 0 || at != "" && filepath.Clean(at) != filepath.Clean(i.node.Data) {
		return nil, runtimes.Mount{}, fmt.Errorf("%s: %w: it has no disk of its own there", i.node.Name, runtimes.ErrUnsupported)
	}
	p, err := i.RunInNet(ctx, args)
	return p, runtimes.Mount{Dir: i.node.Data, Shared: "/"}, err
}
