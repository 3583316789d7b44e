package docker

import (
	"fmt"
	"os"
	"strings"
)

// Liveness is whether a process that made something still runs.
type Liveness string

// What can be known of an owner.
const (
	Alive   Liveness = "alive"
	Dead    Liveness = "dead"
	Unknown Liveness = "unknown" // it belongs to another machine or container
)

// owner names this process so that others on this machine can tell whether it
// lives: boot, PID namespace, number and time of start.
func owner() string { return ownerOf(os.Getpid()) }

func ownerOf(pid int) string {
	return strings.Join([]string{bootID(), pidNamespace(), fmt.Sprint(pid), startTime(pid)}, "/")
}

// liveness compares an owner with the processes that this one can see.
func liveness(owner string) Liveness {
	part := strings.Split(owner, "/")
	if len(part) != 4 || part[1] == "" || part[3] == "" {
		return Unknown
	}
	if part[0] != bootID() {
		return Unknown // another machine; or this one before it was booted anew
	}
	if part[1] != pidNamespace() {
		return Unknown
	}
	if startTime(atoi(part[2])) == part[3] {
		return Alive
	}
	return Dead
}

func atoi(s string) int {
	n := 0
	if _, err := fmt.Sscan(s, &n); err != nil {
		return -1
	}
	return n
}

func pidNamespace() string {
	link, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return ""
	}
	return strings.Trim(strings.TrimPrefix(link, "pid:"), "[]")
}

// startTime is field 22 of /proc/PID/stat, "" when there is no such process; a
// zombie is none.
func startTime(pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	// The second field may hold anything, but ends at the last parenthesis.
	fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	if len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return ""
	}
	return fields[19]
}
