package docker

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/runtimes"
)

// composeFiles is the label with the files that a Compose application is made of.
const composeFiles = "com.docker.compose.project.config_files"

// ComposeFiles are the files that Compose made a container of, as paths on the
// machine where that was.
func (f Found) ComposeFiles() []string {
	var out []string
	for file := range strings.SplitSeq(f.Labels[composeFiles], ",") {
		if file != "" {
			out = append(out, file)
		}
	}
	return out
}

// Settings are how a container is configured: its image, environment, command,
// limits, health check, and the files that are mounted into it or named in
// inside. It reads and touches nothing; what cannot be read is a setting that
// says so.
func (e *Engine) Settings(ctx context.Context, id string, inside []string) ([]runtimes.Setting, error) {
	res, err := e.cli.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return nil, fmt.Errorf("settings of container %s: %w", short(id), err)
	}
	c := res.Container
	out := []runtimes.Setting{{Path: "image", Value: c.Config.Image, Software: true}, {Path: "image.id", Value: c.Image, Software: true}}
	for _, env := range c.Config.Env {
		name, value, _ := strings.Cut(env, "=")
		out = append(out, runtimes.Setting{Path: "env." + name, Value: value, Software: true, Secret: true})
	}
	command := strings.Join(append(append([]string{}, c.Config.Entrypoint...), c.Config.Cmd...), "\x00")
	out = append(out, runtimes.Setting{Path: "command", Value: command, Software: true, Secret: true},
		runtimes.Setting{Path: "user", Value: c.Config.User}, runtimes.Setting{Path: "stop-signal", Value: c.Config.StopSignal})
	out = append(out, checks(c.Config.Healthcheck)...)
	if c.HostConfig != nil {
		out = append(out, limits(c.HostConfig)...)
	}
	for _, path := range configPaths(c.Mounts, inside) {
		out = append(out, e.files(ctx, id, path)...)
	}
	return out, nil
}

// checks are those that the image brings, or that it was started with.
func checks(h *container.HealthConfig) []runtimes.Setting {
	if h == nil {
		return []runtimes.Setting{{Path: "health.check", Value: "none"}}
	}
	return []runtimes.Setting{
		{Path: "health.check", Value: "set"},
		{Path: "health.test", Value: strings.Join(h.Test, "\x00"), Secret: true}, // may hold a password
		{Path: "health.interval", Value: h.Interval.String()},
		{Path: "health.timeout", Value: h.Timeout.String()},
		{Path: "health.start-period", Value: h.StartPeriod.String()},
		{Path: "health.retries", Value: strconv.Itoa(h.Retries)},
	}
}

func limits(h *container.HostConfig) []runtimes.Setting {
	number := func(path string, n int64) runtimes.Setting {
		return runtimes.Setting{Path: "limits." + path, Value: strconv.FormatInt(n, 10)}
	}
	var pids int64
	if h.PidsLimit != nil {
		pids = *h.PidsLimit
	}
	out := []runtimes.Setting{
		number("memory", h.Memory), number("memory-swap", h.MemorySwap), number("memory-reservation", h.MemoryReservation),
		number("nano-cpus", h.NanoCPUs), number("cpu-shares", h.CPUShares), number("cpu-quota", h.CPUQuota), number("cpu-period", h.CPUPeriod),
		number("pids", max(0, pids)), {Path: "limits.cpuset", Value: h.CpusetCpus},
		{Path: "restart", Value: fmt.Sprintf("%s:%d", cmp.Or(string(h.RestartPolicy.Name), "no"), h.RestartPolicy.MaximumRetryCount)},
	}
	for _, u := range h.Ulimits {
		out = append(out, runtimes.Setting{Path: "limits.ulimit." + u.Name, Value: fmt.Sprintf("%d:%d", u.Soft, u.Hard)})
	}
	return out
}
