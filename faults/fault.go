// Package faults holds the damage that drills do: one kind per file, listed in
// all.go.
package faults

import (
	"context"
	"net/netip"
	"time"

	"github.com/drillctl/drillctl/runtimes"
)

// A Fault does one kind of damage and knows how to take it back. A Fault is
// data: it must survive a trip through JSON, because after a crash the journal
// is all that is left of it. Its exported fields, with yaml, json and doc tags,
// are its parameters; parser, schema, help and journal read them.
type Fault interface {
	// Arm looks without touching and makes ready on every target, so that Fire
	// is one short act. It errors when the fault cannot take effect here.
	Arm(ctx context.Context, on []Target) (Armed, error)
	// Undo takes the damage back from one instance without the Armed, from any
	// state: applied, half applied, never applied, applied twice. It is what
	// both the ordinary end of a journalled fault and `drillctl recover` call.
	Undo(ctx context.Context, in runtimes.Instance) error
}

// A Checker is a Fault whose parameters can be wrong in a way that their types
// do not show. Check returns problems by yaml field name.
type Checker interface {
	Check() map[string]string
}

// A Patient is a Fault that may take longer than others to be in force, or gone,
// because that is not in drillctl's hands.
type Patient interface {
	Patience() time.Duration
}

// A Target is one instance that a fault is for, with the peers that a partition
// or link fault is about.
type Target struct {
	Instance runtimes.Instance
	// Power is the switch of the runtime that the instance runs in, if it has one.
	Power runtimes.PowerCutter
	// Peers are the addresses on the other side (of a partition, or of a link);
	// empty means everyone.
	Peers []netip.Addr
	// Probe are addresses and ports that answer while the path is up ("host:port");
	// verification tries them. Those in Peers should fall silent, the others not.
	Probe []netip.AddrPort
	// Senders are the instances that send it, of damage that is Sent.
	Senders []runtimes.Instance
}

// An Armed is a fault ready to fire.
type Armed interface {
	// Fire does the damage on all targets in parallel and returns the mono
	// instant of effect by instance name. On an error some may be hit: Revert.
	Fire(ctx context.Context) (map[string]time.Duration, error)
	// Verify reads back and tries the data path: want is whether the damage
	// should be in force. Evidence is returned in either case, with OK false
	// where the wish and the world differ.
	Verify(ctx context.Context, want bool) ([]Evidence, error)
	// Revert takes the damage back from all targets, safe to repeat, and
	// returns the mono instants.
	Revert(ctx context.Context) (map[string]time.Duration, error)
	// Close ends what Arm started; leased damage ends with it.
	Close() error
}

// An Ender is an Armed whose damage may be over before it is taken back, unseen.
type Ender interface {
	// Early says why, by instance, for damage that Revert found gone.
	Early() map[string]string
}

// Evidence is what one look at one target showed.
type Evidence struct {
	Instance string        `json:"instance"`
	How      string        `json:"how"` // "read-back" or "data-path"
	OK       bool          `json:"ok"`
	Text     string        `json:"text"` // "drop rules present, 118 packets dropped"
	At       time.Duration `json:"at_ns"`
}

// A Kind describes one sort of fault: to the parser, the schema, the help, the
// doctor and the journal alike.
type Kind struct {
	Name    string // as in `fault: NAME`
	Summary string // one sentence
	Doc     string // what happens, how it is verified and reverted, what it needs
	// Leased damage ends by itself when drillctl dies; other damage is
	// journalled before the act.
	Leased bool
	// Instant faults have no `for:`: the damage is over once done.
	Instant bool
	// Peers says that the fault takes `from:`, a second selection.
	Peers bool
	// Sent says that the damage is traffic: the instances of `from` send it, or
	// without that the client from which the load comes.
	Sent bool
	// Outside says that the damage is not done to instances: it has no targets but
	// the machine on which drillctl runs, and on: names at most a region.
	Outside bool
	// Excludes names kinds that contradict this one on one target at one time.
	Excludes []string
	// Runtimes are the names of those that can do it, the first the one of choice;
	// none means all.
	Runtimes []string
	// Fits is nil when the instance can have it, else why not.
	Fits func(runtimes.Instance) error
	// New is the fault with its defaults, as a pointer to a struct.
	New func() Fault
}
