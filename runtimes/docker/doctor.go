package docker

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/moby/moby/client"
)

// A Check is one thing that drills need of the engine.
type Check struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Text string `json:"text"`
	Hint string `json:"hint,omitempty"`
}

// Doctor says what the engine is and which acts it allows. It touches nothing.
func (e *Engine) Doctor(ctx context.Context) []Check {
	res, err := e.cli.Info(ctx, client.InfoOptions{})
	if err != nil {
		return []Check{{Name: "container engine", Text: err.Error(), Hint: "is it running, and may this user use it?"}}
	}
	info := res.Info
	rootless := slices.ContainsFunc(info.SecurityOptions, func(s string) bool { return strings.Contains(s, "rootless") })
	mode := "as root"
	if rootless {
		mode = "rootless"
	}
	checks := []Check{
		{Name: "container engine", OK: true, Text: fmt.Sprintf("%s at %s, API %s, %s", e.Version, e.Host, e.API, mode)},
		{Name: "containers", OK: info.OSType == "linux", Text: info.OSType + " containers, " + info.OperatingSystem, Hint: "switch the engine to Linux containers"},
		{Name: "cgroups", OK: true, Text: fmt.Sprintf("version %s by %s", info.CgroupVersion, info.CgroupDriver)},
		{Name: "storage", OK: true, Text: info.Driver},
		e.signals(rootless),
		limitsCheck(info.CPUCfsQuota, info.MemoryLimit, info.SwapLimit),
	}
	return checks
}

// signals says whether crash and power-loss can reach the main processes.
func (e *Engine) signals(rootless bool) Check {
	c := Check{Name: "crash, power-loss", OK: true, Text: "way: signals from outside, past the engine"}
	switch {
	case runtime.GOOS != "linux":
		c.Text = "not here: they need drillctl on Linux, beside the engine"
	case os.Geteuid() != 0 && !rootless:
		c.Text = "not as this user: they need drillctl as root; all other faults do not"
	}
	return c
}

// limitsCheck says what the engine can limit. What it cannot is refused when a
// fault asks for it.
func limitsCheck(cpu, memory, swap bool) Check {
	c := Check{Name: "cpu-throttle, memory-limit", OK: true, Text: "way: control groups, through the engine"}
	switch {
	case !cpu && !memory:
		c.Text = "not here: this engine limits neither processors nor memory (rootless engines need delegated control groups)"
	case !cpu:
		c.Text += "; no cpu-throttle: the kernel has no CFS quota here"
	case !memory:
		c.Text += "; no memory-limit: the kernel has no memory control group here"
	case !swap:
		c.Text += "; swap is not limited, so memory-limit makes a target slow before it hurts"
	}
	return c
}
