package agent

import (
	"errors"
	"os"
)

// PrivateEnv is set by a runtime for processes inside the private namespaces
// that it made for a run.
const PrivateEnv = "DRILLCTL_PRIVATE_NET"

// ErrHostNetwork means that the agent was started where it could cut off the
// whole machine.
var ErrHostNetwork = errors.New("this is the host's own network namespace: refusing to do damage here")

// guard refuses the machine's own network namespace: that of process 1, unless
// this process lives in a PID namespace of its own, whose process 1 is ours.
func guard() error {
	mine, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		return err
	}
	// /proc shows the processes of the namespace it was mounted in: where
	// that is the machine's, process 1 is init, and reading it needs rights
	// that an agent inside a user namespace does not have. That it cannot be
	// read shows that it is another's.
	init, err := os.Readlink("/proc/1/ns/net")
	if err != nil {
		return nil
	}
	if init == mine {
		return ErrHostNetwork
	}
	return nil
}
