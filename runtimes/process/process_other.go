//go:build !linux

package process

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

// Runtime cannot be made on this system.
type Runtime struct{}

func unsupported() error {
	return fmt.Errorf("the process runtime needs Linux namespaces, and this is %s: %w",
		runtime.GOOS, runtimes.ErrUnsupported)
}

// New returns an error that wraps [runtimes.ErrUnsupported].
func New(context.Context, Options) (*Runtime, error) { return nil, unsupported() }

// Host returns an error that wraps [runtimes.ErrUnsupported].
func Host(context.Context, *os.File) error { return unsupported() }

// Doctor says that there is no process runtime here.
func Doctor(context.Context) []Check {
	return []Check{{Name: "namespaces", Text: unsupported().Error(), Hint: "run drills on a Linux machine"}}
}

// Instances returns an error that wraps [runtimes.ErrUnsupported], and so do
// the other methods.
func (*Runtime) Instances(context.Context) ([]runtimes.Instance, error) { return nil, unsupported() }

// Reopen is unsupported here.
func (*Runtime) Reopen(context.Context, runtimes.Ref) (runtimes.Instance, error) {
	return nil, unsupported()
}

// Start is unsupported here.
func (*Runtime) Start(context.Context, []runtimes.Node) error { return unsupported() }

// Close has nothing to close.
func (*Runtime) Close() error { return nil }

// Subnets are invalid here.
func (*Runtime) Subnets() (v4, v6 netip.Prefix) { return }

// CutPower is unsupported here.
func (*Runtime) CutPower(context.Context, []string) (map[string]time.Duration, error) {
	return nil, unsupported()
}

// DialContext is unsupported here.
func (*Runtime) DialContext(context.Context, string, string) (net.Conn, error) {
	return nil, unsupported()
}

// Watch is unsupported here.
func (*Runtime) Watch(context.Context) (<-chan runtimes.InstanceEvent, error) {
	return nil, unsupported()
}
