//go:build !linux

package docker

import (
	"fmt"
	"syscall"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

type hostProcess struct{}

func openProcess(int, string) (*hostProcess, error) {
	return nil, fmt.Errorf("%w: crash and power-loss need drillctl on Linux, beside the engine", runtimes.ErrUnsupported)
}

func (p *hostProcess) signal(syscall.Signal) (time.Duration, error) { return 0, nil }
func (p *hostProcess) close()                                       {}
