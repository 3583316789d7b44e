package faults

import (
	"context"
	"fmt"

	"github.com/drillctl/drillctl/runtimes"
)

var memoryLimit = Kind{
	Name:    "memory-limit",
	Summary: "Give the targets less memory.",
	Doc: `All processes of a target together get no more than memory, and no swap in its
place: the kernel takes their file cache first, and when that is not enough it ends
one of them. Set through the engine, which keeps it over a restart of the target.
What it was before is in the journal before anything is changed. A limit below what
the target uses is refused when the fault is armed: oom is the fault for that.
Verified by what the engine has set and by the limit that the kernel holds. Where
there was no limit before, the engine shows one of 4 EiB afterwards, which is none.`,
	Excludes: []string{"oom"},
	Runtimes: onlyDocker,
	Fits:     needs[runtimes.Limiter]("limit"),
	New:      func() Fault { return &MemoryLimit{Memory: 256 << 20} },
}

// MemoryLimit is a small machine.
type MemoryLimit struct {
	Memory Size `json:"memory" yaml:"memory" doc:"how much it may use, like 64MiB"`
	// Was is filled by Arm.
	Was limits `json:"was,omitempty" yaml:"-"`
}

// Arm implements Fault.
func (f *MemoryLimit) Arm(ctx context.Context, on []Target) (Armed, error) {
	l := &limited{on: on, of: runtimes.Memory, to: float64(f.Memory), effect: f.effect, say: sayMemory}
	a, err := armLimit(ctx, l)
	f.Was = l.was
	return a, err
}

func sayMemory(n float64) string {
	if n == 0 {
		return "none"
	}
	return Size(n).about()
}

// pageSlack is more than the kernel rounds a limit by, whatever its page size.
const pageSlack = 64 << 10

// effect asks the kernel.
func (f *MemoryLimit) effect(ctx context.Context, in runtimes.Instance, want bool) (bool, string, error) {
	u, err := in.(runtimes.Limiter).Usage(ctx)
	if err != nil {
		return false, "", err
	}
	text := fmt.Sprintf("the kernel holds it to %s, of which it uses %s", Size(u.MemoryLimit).about(), Size(u.Memory).about())
	return (u.MemoryLimit <= uint64(f.Memory)+pageSlack) == want, text, nil
}

// Undo implements Fault.
func (f *MemoryLimit) Undo(ctx context.Context, in runtimes.Instance) error {
	_, err := unlimit(ctx, in, runtimes.Memory, f.Was)
	return err
}

// Check implements Checker.
func (f *MemoryLimit) Check() map[string]string {
	if f.Memory < 8<<20 || f.Memory > 1<<44 {
		return map[string]string{"memory": "must be between 8MiB and 16TiB"}
	}
	return nil
}
