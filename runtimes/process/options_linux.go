package process

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/drillctl/drillctl/runtimes"
)

func (o Options) withDefaults() (Options, error) {
	if o.RunID == "" || o.LogDir == "" {
		return o, errors.New("process runtime: RunID and LogDir must be set")
	}
	var err error
	if o.LogDir, err = filepath.Abs(o.LogDir); err != nil {
		return o, fmt.Errorf("process runtime: %w", err)
	}
	if o.Exe == "" {
		if o.Exe, err = os.Executable(); err != nil {
			return o, fmt.Errorf("process runtime: finding this binary: %w", err)
		}
	}
	if len(o.Args) == 0 {
		o.Args = []string{HostCommand}
	}
	if !o.V4.IsValid() {
		o.V4 = netip.MustParsePrefix("10.77.0.0/16")
	}
	if !o.V6.IsValid() {
		o.V6 = netip.MustParsePrefix("fd77::/64")
	}
	return o, nil
}

// closedError is what acts return once the host is no more.
func closedError(cause error) error {
	if cause == nil {
		return fmt.Errorf("the process runtime is closed: %w", runtimes.ErrGone)
	}
	return fmt.Errorf("the process runtime ended: %w: %w", runtimes.ErrGone, cause)
}
