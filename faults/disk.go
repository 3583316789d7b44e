package faults

import (
	"context"
	"fmt"
	"path"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/runtimes"
)

var diskFull = Kind{
	Name:    "disk-full",
	Summary: "Fill a volume or tmpfs of the targets.",
	Doc: `Space of the file system that a target has mounted at path is taken until the share
fill of it is used, and kept so: what the target frees meanwhile is taken, too. The
bundled system's stores have such a file system with store-disk, and path is not
needed there. An agent beside the target holds the space in a file without a name,
so that it is free again when the fault ends, and when the agent dies. A volume, and
a disk of the bundled system, stays full over a restart of the target; a tmpfs ends
with the target, and the damage with it.

It only fills what nobody else depends on: a tmpfs whose missing share is at most
a quarter of the machine's available memory, and a volume that has a file system or
a quota of its own. A volume on the engine's own disk, which is where volumes are
without more ado, a bind mount, a file system of a network and the target's own
layer are refused when the fault is armed, because the whole machine, or others,
would stand still with the target. Whatever else uses the same volume is hit, too.

Verified by what the file system says of its use, and by writing a block to it:
that must fail for want of space (with fill below 100%, the use alone must be
reached), and succeed before and after.`,
	Leased: true,
	Fits:   needs[runtimes.InMount]("run an agent in a file system of"),
	New:    func() Fault { return &DiskFull{Fill: 1} },
}

// DiskFull is a disk without space.
type DiskFull struct {
	Path string  `json:"path,omitempty" yaml:"path" doc:"where the targets have the file system, e.g. /var/lib/postgresql/data; of the bundled system's stores it is known"`
	Fill Percent `json:"fill" yaml:"fill" doc:"how much of it is in use then"`
}

// Arm implements Fault.
func (f *DiskFull) Arm(ctx context.Context, on []Target) (Armed, error) {
	spec := agent.Spec{Kind: agent.Disk, Share: float64(f.Fill), Avoid: agent.Devices()}
	return armAgents(ctx, withoutPeers(on), spec, f)
}

// Undo implements Fault: the space is free as soon as the agent is dead.
func (f *DiskFull) Undo(context.Context, runtimes.Instance) error { return nil }

// Check implements Checker.
func (f *DiskFull) Check() map[string]string {
	switch {
	case f.Path != "" && (!path.IsAbs(f.Path) || path.Clean(f.Path) == "/"):
		return map[string]string{"path": fmt.Sprintf("%q is not where a file system is mounted, like /var/lib/data", f.Path)}
	case !(f.Fill >= 0.01 && f.Fill <= 1):
		return map[string]string{"fill": "must be between 1% and 100%"}
	}
	return nil
}

func (f *DiskFull) findsItsOwn() {}

func (f *DiskFull) enter(in runtimes.Instance) runtimes.InNet {
	return &doorway{in: in, path: f.Path}
}

// prove has a block written.
func (f *DiskFull) prove(ctx context.Context, h *held, want bool) (Evidence, error) {
	probes, err := h.client.Probe(ctx, nil, agent.Ask{Write: h.mount.Dir})
	if err != nil || len(probes) == 0 {
		return Evidence{}, err
	}
	p := probes[0]
	where := f.Path
	if where == "" {
		where = "the disk of " + h.name()
	}
	e := Evidence{OK: p.Up, Text: fmt.Sprintf("writing to %s: %s", where, p.Said)}
	if want {
		e.OK = p.Full || p.Up && f.Fill < 1
	}
	return e, nil
}

// A doorway is how an agent gets into a file system of a target.
type doorway struct {
	in    runtimes.Instance
	path  string
	leads runtimes.Mount // of the last that went in
}

// RunInNet implements runtimes.InNet, but not in a network.
func (d *doorway) RunInNet(ctx context.Context, args []string) (runtimes.Process, error) {
	in, ok := d.in.(runtimes.InMount)
	if !ok {
		return nil, fmt.Errorf("%w: its runtime cannot run an agent in a file system of it", runtimes.ErrUnsupported)
	}
	p, m, err := in.RunInMount(ctx, d.path, args)
	if err != nil {
		return nil, err
	}
	d.leads = m
	return p, nil
}
