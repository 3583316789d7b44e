package process

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/drillctl/drillctl/runtimes"
)

// explain adds what the user can do if it is namespaces that could not be made.
func explain(cause error) error {
	refused := []error{os.ErrPermission, unix.ENOSPC, unix.EINVAL, unix.ENOSYS, unix.EUSERS}
	if !slices.ContainsFunc(refused, func(e error) bool { return errors.Is(cause, e) }) {
		return fmt.Errorf("starting the process runtime: %w", cause)
	}
	return fmt.Errorf("the process runtime cannot make its namespaces: %w (%w)\n%s",
		runtimes.ErrUnsupported, cause, remedy(readFact, os.Geteuid()))
}

func readFact(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// remedy looks for the cause, by what the files of /proc say.
func remedy(read func(path string) string, euid int) string {
	const otherwise = "; or run drillctl as root"
	switch {
	case read("/proc/sys/user/max_user_namespaces") == "0":
		return "user namespaces are switched off here: sudo sysctl -w user.max_user_namespaces=15000" + otherwise
	case read("/proc/sys/user/max_net_namespaces") == "0":
		return "network namespaces are switched off here: sudo sysctl -w user.max_net_namespaces=15000" + otherwise
	case euid != 0 && read("/proc/sys/kernel/unprivileged_userns_clone") == "0":
		return "user namespaces are for root only here: sudo sysctl -w kernel.unprivileged_userns_clone=1" + otherwise
	case euid != 0 && read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1":
		return "AppArmor restricts user namespaces (as in Ubuntu since 23.10): " +
			"sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, " +
			"or an AppArmor profile for drillctl that has `userns,`" + otherwise
	case strings.Contains(read("/proc/self/status"), "\nSeccomp:\t2"):
		return "a seccomp filter is in force, as in a container: start the container with " +
			"--security-opt seccomp=unconfined --security-opt apparmor=unconfined, or --privileged"
	case euid != 0:
		return "run drillctl as root"
	}
	return "this root may not make namespaces (no CAP_SYS_ADMIN, or a kernel without them): run drillctl on a machine or in a container that may"
}
