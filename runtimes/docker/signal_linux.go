package docker

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

// A hostProcess is a container's main process as this machine sees it.
type hostProcess struct{ fd int }

// openProcess holds on to a process, and makes sure that it is the container's:
// a number may be another process's by now, or of another machine.
func openProcess(pid int, id string) (*hostProcess, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil, foreign(pid)
	}
	if err != nil {
		return nil, fmt.Errorf("process %d: %w", pid, err)
	}
	p := &hostProcess{fd}
	cgroups, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	if err != nil || !bytes.Contains(cgroups, []byte(id)) {
		p.close()
		return nil, foreign(pid)
	}
	if err := unix.PidfdSendSignal(fd, 0, nil, 0); errors.Is(err, unix.EPERM) {
		p.close()
		return nil, fmt.Errorf("%w: the main process of a container is another user's: run drillctl as root for crash and power-loss", runtimes.ErrUnsupported)
	}
	return p, nil
}

func foreign(pid int) error {
	return fmt.Errorf("%w: process %d of the engine is not to be seen from here: crash and power-loss need drillctl on the engine's own machine, outside of containers", runtimes.ErrUnsupported, pid)
}

// signal sends one signal; a process that has ended needs none.
func (p *hostProcess) signal(sig syscall.Signal) (time.Duration, error) {
	at := mono.Now()
	if p == nil {
		return at, nil
	}
	err := unix.PidfdSendSignal(p.fd, unix.Signal(sig), nil, 0)
	if errors.Is(err, unix.ESRCH) {
		err = nil
	}
	return at, err
}

func (p *hostProcess) close() {
	if p != nil {
		_ = unix.Close(p.fd) // nothing was written
	}
}
