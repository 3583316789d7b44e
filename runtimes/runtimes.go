// Package runtimes says what drillctl needs from the place where a system
// runs. It knows nothing of faults: a runtime offers plain acts, and faults
// use them.
package runtimes

import (
	"context"
	"errors"
	"net/netip"
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
	Addrs  []netip.Addr      `json:"addrs"` // IPv4 and IPv6; the first of each family is its main one
	Labels map[string]string `json:"labels,omitempty"`
	// Groups are those of Addrs that only a part of the node's traffic comes from, by
	// the name of that part.
	Groups map[string][]netip.Addr `json:"groups,omitempty"`
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
