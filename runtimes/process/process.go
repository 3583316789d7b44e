// Package process runs a system without Docker and without root: each node is
// a process of this very binary in a network namespace of its own, all of them
// joined by a bridge inside a user, network and PID namespace made for the run.
//
// New starts the host: this binary executed again as process 1 of those
// namespaces (see Host). The host makes bridge and nodes, supervises the
// processes, and does the acts that come over a socket. It ends when the socket
// does and when its maker dies, and the kernel then kills all that is in its
// PID namespace. So nothing outlives a drill, however drillctl ends.
package process

import (
	"io"
	"net/netip"
)

// Name is what a [runtimes.Ref] of this package has as its Runtime.
const Name = "process"

// HostCommand is the hidden command that must lead to [Host].
const HostCommand = "process-host"

// Options say how to run the host. Only RunID and LogDir are needed.
type Options struct {
	// Exe is the binary that host and nodes execute; this one by default.
	Exe string
	// Args make Exe the host; HostCommand by default.
	Args []string
	// RunID names the system in the Refs of its instances.
	RunID string
	// LogDir gets NAME.log of every node, helpers.log (stderr of the processes
	// of RunInNet) and host.log. It is made if absent.
	LogDir string
	// Stderr gets what the host itself prints; LogDir/host.log by default.
	Stderr io.Writer
	// V4 and V6 are the private subnets; 10.77.0.0/16 and fd77::/64 by default.
	// They exist in the host's namespaces only, so runs never collide.
	V4, V6 netip.Prefix
}

// A Check is one thing that the runtime needs from this machine.
type Check struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Text string `json:"text"`           // what was found
	Hint string `json:"hint,omitempty"` // what to do about it, if not OK
}
