// Package runtimes says what drillctl needs from the place where a system
// runs. It knows nothing of faults: a runtime offers plain acts, and faults
// use them.
package runtimes

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// Errors that callers decide on.
var (
	// ErrNoInstance means that nothing matched; never an empty slice instead.
	ErrNoInstance = errors.New("no such instance")
	// ErrGone means that the instance, or the whole system, is no more.
	ErrGone = errors.New("instance is gone")
	// ErrUnsupported means that this runtime cannot do it here; the error that
	// wraps it says what the user can do.
	ErrUnsupported = errors.New("not supported here")
)

// HostName is the name of the machine on which drillctl runs, where it is asked
// to act itself.
const HostName = "host"

// A Node is one running copy of a service, as wanted.
type Node struct {
	Name   string            `json:"name"`
	Region string            `json:"region"`
	Role   string            `json:"role"`
	Args   []string          `json:"args"` // arguments of this very binary
	Env    []string          `json:"env,omitempty"`
	Addrs  []netip.Addr      `json:"addrs"` // IPv4 and IPv6
	Labels map[string]string `json:"labels,omitempty"`
	// Data is a directory for what must survive a restart, if there is such.
	Data string `json:"data,omitempty"`
	// Disk, if it is not 0, gives Data a file system of its own of so many bytes,
	// in memory. It is kept over restarts, and gone with the runtime.
	Disk int64 `json:"disk,omitempty"`
	// Ready is an HTTP URL that answers 2xx once the node serves; empty means
	// ready when started.
	Ready string `json:"ready,omitempty"`
	// Restart lets a supervisor start it again, after Backoff, when it ends by
	// itself (but not after Stop or Kill).
	Restart bool          `json:"restart,omitempty"`
	Backoff time.Duration `json:"backoff_ns,omitempty"`
}

// A Ref finds an instance again, from another process if need be.
type Ref struct {
	Runtime string `json:"runtime"`
	System  string `json:"system"` // the run that made it, or a project
	ID      string `json:"id"`
}

// An Instance is one running copy of a service. What can be done to it is found
// by asserting the one-purpose interfaces below.
type Instance interface {
	Ref() Ref
	// Node describes it as it is now: addresses may change over a restart.
	Node() Node
}

// A Runtime finds instances.
type Runtime interface {
	// Instances lists all instances of the system, by name.
	Instances(ctx context.Context) ([]Instance, error)
	// Reopen returns the instance that ref named, or ErrGone.
	Reopen(ctx context.Context, ref Ref) (Instance, error)
	// Close ends the runtime and everything that it started. It is safe to
	// repeat.
	Close() error
}

// A Starter raises a system: all nodes started in parallel and ready, or an
// error and nothing left.
type Starter interface {
	Start(ctx context.Context, nodes []Node) error
}

// A Subnetter says which addresses nodes may be given.
type Subnetter interface {
	Subnets() (v4, v6 netip.Prefix)
}

// State is what an instance is doing.
type State string

// The states of an instance.
const (
	Running State = "running"
	Paused  State = "paused"
	Stopped State = "stopped" // by us: Stop or Kill; stays down
	Exited  State = "exited"  // by itself
)

// Status is an instance's state at one moment.
type Status struct {
	State    State         `json:"state"`
	PID      int           `json:"pid,omitempty"`  // as the runtime sees it
	Restarts int           `json:"restarts"`       // by the supervisor
	OOMs     int           `json:"ooms,omitempty"` // times that the kernel ended a process of it for want of memory, if the runtime tells
	Since    time.Duration `json:"since_ns"`       // mono instant of the last change
}

// An InstanceEvent is one change of an instance, seen by its runtime.
type InstanceEvent struct {
	At       time.Duration `json:"at_ns"` // mono instant
	Instance string        `json:"instance"`
	// To is "started", "ready", "exited" (by itself or by a Crasher),
	// "restarted" (by the supervisor), "stopped", "paused" or "unpaused" (by us).
	To   string `json:"to"`
	Note string `json:"note,omitempty"` // e.g. "exit status 1"
}

// A Resource is something of which an instance can get less.
type Resource string

// The resources.
const (
	CPU    Resource = "cpu"    // in processors
	Memory Resource = "memory" // in bytes
)

// A Limit is how much of a resource an instance may use.
type Limit struct {
	Amount float64 `json:"amount"` // processors or bytes; 0 is no limit
	// Settings are the runtime's own, of which it makes the same limit again.
	Settings map[string]int64 `json:"settings,omitempty"`
}

// Usage is what the kernel says of an instance's resources at one moment.
type Usage struct {
	CPUs        int           // that the machine has
	CPU         time.Duration // processor time used since the start
	Throttled   uint64        // times that the limit of processors held it back
	Memory      uint64        // bytes in use that the kernel could not simply drop
	MemoryLimit uint64        // bytes, as the kernel holds it; of no limit what the machine has
}

// A Mount says where a process beside an instance finds a file system of it.
type Mount struct {
	Dir string
	// Shared is a path on the disk of the runtime itself, on which others depend.
	Shared string
}

// The acts that an instance may allow.
type (
	// A Stater tells what an instance is doing.
	Stater interface {
		Status(ctx context.Context) (Status, error)
	}
	// A Killer ends the main process with SIGKILL and keeps it down until
	// Start. at is the mono instant at which the signal was sent.
	Killer interface {
		Kill(ctx context.Context) (at time.Duration, err error)
	}
	// A Crasher ends the main process with a signal from outside, so that the
	// supervisor's restart policy applies.
	Crasher interface {
		Crash(ctx context.Context, sig syscall.Signal) (at time.Duration, err error)
	}
	// A Stopper stops in order (SIGTERM, then SIGKILL after grace) and starts
	// again. Both are safe to repeat.
	Stopper interface {
		Stop(ctx context.Context, grace time.Duration) (at time.Duration, err error)
		Start(ctx context.Context) (at time.Duration, err error)
	}
	// A Pauser freezes all processes of the instance and thaws them. Both are
	// safe to repeat.
	Pauser interface {
		Pause(ctx context.Context) (at time.Duration, err error)
		Unpause(ctx context.Context) (at time.Duration, err error)
	}
	// A Logger follows what the instance has printed, from its start, until
	// ctx ends or the instance is gone for good.
	Logger interface {
		Logs(ctx context.Context) (io.ReadCloser, error)
	}
	// InNet runs this very binary with args inside the instance's network
	// namespace, with its stdin and stdout in hand. The process ends when ctx
	// ends, when it is closed, and when drillctl dies.
	InNet interface {
		RunInNet(ctx context.Context, args []string) (Process, error)
	}
	// InMount is InNet for the file system that the instance has mounted at a path
	// of its own ("" is its Node's Data): it is found at Mount.Dir. The process may end with the
	// instance's main process, where the file system does, too.
	InMount interface {
		RunInMount(ctx context.Context, path string, args []string) (Process, Mount, error)
	}
	// An Execer runs a program of the instance's own, as its processes see the
	// world, until it ends or ctx does. Output is the end of what it printed.
	// The error says that it could not be run to its end, not how it ended.
	Execer interface {
		Exec(ctx context.Context, argv []string) (exit int, output string, err error)
	}
	// A Limiter bounds what all processes of the instance may use together, also
	// after a restart. SetLimit with the Settings of a Limit puts back what
	// [Limiter.Limit] found, and is safe to repeat.
	Limiter interface {
		Limit(ctx context.Context, of Resource) (Limit, error)
		SetLimit(ctx context.Context, of Resource, to Limit) (at time.Duration, err error)
		Usage(ctx context.Context) (Usage, error)
	}
	// A Commander runs a program of the user's in a directory, until it ends or ctx
	// does. Output is the end of what it printed. The error says that it could
	// not be run to its end, not how it ended.
	Commander interface {
		RunCommand(ctx context.Context, dir string, argv []string) (exit int, output string, err error)
	}
	// A Dialer connects to an address as seen from the instance's network.
	Dialer interface {
		DialContext(ctx context.Context, network, address string) (net.Conn, error)
	}
	// A Watcher tells what becomes of the instances of its runtime. The channel
	// loses nothing and is closed when ctx ends or the runtime is closed.
	Watcher interface {
		Watch(ctx context.Context) (<-chan InstanceEvent, error)
	}
	// A PowerCutter ends all main processes of several instances of its runtime
	// at one instant and keeps them down until Start. at holds, by instance
	// name, the mono instant of each signal.
	PowerCutter interface {
		CutPower(ctx context.Context, names []string) (at map[string]time.Duration, err error)
	}
)

// A Relayed is a [Process] whose stdin somebody passes on, like an engine, who may
// die and leave it open: the death of drillctl then does not end it.
type Relayed interface {
	Process
	Relayed()
}

// A Process is one helper process inside an instance's namespaces.
type Process interface {
	io.Writer // its stdin
	io.Reader // its stdout
	// CloseWrite closes its stdin: the end of its lease.
	CloseWrite() error
	// Close ends it and waits.
	Close() error
}
