package agent

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// PrivateEnv names an environment variable by which a runtime vouches for a
// network namespace: its value is what /proc/self/ns/net links to inside, like
// "net:[4026532281]". It vouches for no other, and never for the machine's own.
const PrivateEnv = "DRILLCTL_PRIVATE_NET"

// ErrHostNetwork means that the agent was started where it could cut off the
// whole machine, or where nothing shows that it could not.
var ErrHostNetwork = errors.New("refusing to do damage in the host's own network namespace")

// initialUserNS is the inode of the first user namespace (PROC_USER_INIT_INO,
// linux/proc_ns.h).
const initialUserNS = 0xEFFFFFFD

// guard lets the agent work only in a network namespace that is shown to be
// somebody's private one.
func guard() error {
	if err := notInitial("/proc/sys/net/core"); err != nil {
		return err
	}
	mine, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrHostNetwork, err)
	}
	if token := os.Getenv(PrivateEnv); token != "" {
		if token != mine {
			return fmt.Errorf("%w: the runtime meant %s, but this is %s", ErrHostNetwork, token, mine)
		}
		return nil
	}
	first, err := os.Readlink("/proc/1/ns/net")
	switch {
	case err == nil && first == mine && os.Getpid() != 1:
		return fmt.Errorf("%w: process 1 lives in it", ErrHostNetwork)
	case err == nil:
		return nil // another than process 1's, or all that runs beside us is ours
	}
	return ownedBelow()
}

// notInitial tells the machine's first network namespace by the sysctls that
// the kernel registers there only (net/core/sysctl_net_core.c): /proc/sys/net
// shows those of the reader's namespace, whatever its PID namespace. Older kernels
// (6.1, for one) show none of them in a namespace that belongs to a user namespace
// below the first; there it is the owner who tells.
func notInitial(dir string) error {
	if _, err := os.Stat(dir + "/netdev_max_backlog"); !errors.Is(err, fs.ErrNotExist) {
		return ErrHostNetwork
	}
	if _, err := os.Stat(dir + "/somaxconn"); err != nil {
		if other := ownedBelow(); other != nil {
			return fmt.Errorf("cannot tell whose namespace this is: %w: %w", err, other)
		}
	}
	return nil
}

// ownedBelow asks whether the network namespace belongs to a user namespace
// below the first one, ours or one of our children. (Of the others the kernel
// does not tell: EPERM.)
func ownedBelow() error {
	f, err := os.Open("/proc/self/ns/net")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrHostNetwork, err)
	}
	defer f.Close()
	owner, err := unix.IoctlRetInt(int(f.Fd()), unix.NS_GET_USERNS)
	if err != nil {
		return fmt.Errorf("%w: its owner is not below us: %w", ErrHostNetwork, err)
	}
	defer unix.Close(owner)
	var st unix.Stat_t
	if err := unix.Fstat(owner, &st); err != nil {
		return fmt.Errorf("%w: its owner: %w", ErrHostNetwork, err)
	}
	if st.Ino == initialUserNS {
		return fmt.Errorf("%w: nothing shows that it is private; set %s", ErrHostNetwork, PrivateEnv)
	}
	return nil
}
