package runtimes

import (
	"context"
	"io"
	"net"
	"syscall"
	"time"
)

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

// A Mount says where a process beside an instance finds a file system of it.
type Mount struct {
	Dir string
	// Shared is a path on the disk of the runtime itself, on which others depend.
	Shared string
}

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
