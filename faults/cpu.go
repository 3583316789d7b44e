package faults

import (
	"context"
	"fmt"
	"strings"

	"github.com/drillctl/drillctl/runtimes"
)

var cpuThrottle = Kind{
	Name:    "cpu-throttle",
	Summary: "Give the targets less processor time.",
	Doc: `All processes of a target together get no more than cpus processors: when they
have used up their share of a tenth of a second they stand still until the next.
Set through the engine, which keeps it over a restart of the target. What it was
before is in the journal before anything is changed. Verified by what the engine
has set and by the kernel's count of periods in which the target was held back;
if what it does by itself is not enough for that, a busy loop runs in it for a
moment (drillctl's own on the bundled system, else the container's sh). Where
there is no sh and the target never wants more than the limit, there is no proof.
Where there was no limit before, the engine shows a quota of -1 afterwards in
place of 0, which means the same.`,
	Runtimes: onlyDocker,
	Fits:     needs[runtimes.Limiter]("limit"),
	New:      func() Fault { return &CPUThrottle{CPUs: 0.1} },
}

// CPUThrottle is a slow machine.
type CPUThrottle struct {
	CPUs CPUs `json:"cpus" yaml:"cpus" doc:"how many processors it may use, like 0.1"`
	// Was is filled by Arm.
	Was limits `json:"was,omitempty" yaml:"-"`
}

// Arm implements Fault.
func (f *CPUThrottle) Arm(ctx context.Context, on []Target) (Armed, error) {
	l := &limited{on: on, of: runtimes.CPU, to: float64(f.CPUs), effect: f.effect, say: sayCPUs}
	a, err := armLimit(ctx, l)
	f.Was = l.was
	return a, err
}

func sayCPUs(n float64) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprintf("%.4g processors", n)
}

// effect has the target want more than the limit, and asks the kernel whether it
// was held back.
func (f *CPUThrottle) effect(ctx context.Context, in runtimes.Instance, want bool) (bool, string, error) {
	l := in.(runtimes.Limiter)
	if was := f.Was[in.Ref().ID].Amount; !want && was > 0 {
		return true, "its own limit may hold it back, so nothing was tried", nil
	}
	before, err := l.Usage(ctx)
	if err != nil {
		return false, "", err
	}
	how, strained := "a busy loop ran in it", strain(ctx, in, int(f.CPUs)+1)
	if strained != nil {
		how = "no busy loop can run in it (" + strained.Error() + ")"
	}
	after, err := l.Usage(ctx)
	if err != nil {
		return false, "", err
	}
	held := after.Throttled - min(before.Throttled, after.Throttled)
	text := fmt.Sprintf("held back in %d periods, %s", held, how)
	if !want {
		return held == 0, text, nil
	}
	return held > 0, text, nil
}

// strain has n busy loops run in an instance for a moment.
func strain(ctx context.Context, in runtimes.Instance, n int) error {
	x, ok := in.(runtimes.Execer)
	if !ok {
		return fmt.Errorf("%w: its runtime cannot run a program in it", runtimes.ErrUnsupported)
	}
	argv := []string{"sh", "-c", shellLoops(n)}
	if len(in.Node().Args) > 0 { // it is this very binary, and has no shell
		argv = []string{"/proc/1/exe", StrainCommand, fmt.Sprint(n)}
	}
	exit, said, err := x.Exec(ctx, argv)
	if err != nil {
		return err
	}
	if exit != 0 {
		return fmt.Errorf("exit status %d: %s", exit, strings.TrimSpace(said))
	}
	return nil
}

// shellLoops count to an end, so that they end whatever becomes of us.
func shellLoops(n int) string {
	return "b() { i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; }; " + strings.Repeat("b & ", n) + "wait"
}

// Undo implements Fault.
func (f *CPUThrottle) Undo(ctx context.Context, in runtimes.Instance) error {
	_, err := unlimit(ctx, in, runtimes.CPU, f.Was)
	return err
}

// Check implements Checker.
func (f *CPUThrottle) Check() map[string]string {
	if f.CPUs < 0.01 || f.CPUs > 64 {
		return map[string]string{"cpus": "must be between 0.01 and 64"}
	}
	return nil
}
