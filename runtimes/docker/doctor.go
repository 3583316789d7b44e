package docker

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
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
		proxyCheck(engineArgs()),
	}
	return checks
}

// proxyCheck says who accepts connections to published ports. The API does not
// tell: the engine's command line and its configuration do, where they are here.
func proxyCheck(args []string) Check {
	c := Check{Name: "published ports", OK: true}
	on, known := proxied(args, os.ReadFile)
	switch {
	case !known:
		c.Text = "who accepts connections to them is not known: the engine's process is not to be seen here"
	case on:
		c.Text = "docker-proxy accepts connections from this machine, also to a container that is cut off; load-from: network loads past it"
	default:
		c.Text = "connections lead to the containers themselves (userland-proxy is off)"
	}
	return c
}

// proxied reads an engine's settings: the userland proxy is on unless they say
// otherwise.
func proxied(args []string, read func(string) ([]byte, error)) (on, known bool) {
	config := "/etc/docker/daemon.json"
	for i, a := range args {
		switch name, value, has := strings.Cut(strings.TrimLeft(a, "-"), "="); {
		case name == "userland-proxy":
			return !has || value == "true", true
		case name == "config-file" && has:
			config = value
		case name == "config-file" && i+1 < len(args):
			config = args[i+1]
		}
	}
	if len(args) == 0 {
		return false, false
	}
	var set struct {
		Proxy *bool `json:"userland-proxy"`
	}
	if b, err := read(config); err == nil && json.Unmarshal(b, &set) == nil && set.Proxy != nil {
		return *set.Proxy, true
	}
	return true, true
}

// engineArgs is the command line of the engine, if it runs here.
func engineArgs() []string {
	all, _ := filepath.Glob("/proc/[0-9]*/comm") // the pattern is good
	for _, comm := range all {
		if name, err := os.ReadFile(comm); err != nil || strings.TrimSpace(string(name)) != "dockerd" {
			continue
		}
		if b, err := os.ReadFile(filepath.Join(filepath.Dir(comm), "cmdline")); err == nil {
			return strings.Split(strings.TrimRight(string(b), "\x00"), "\x00")
		}
	}
	return nil
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
