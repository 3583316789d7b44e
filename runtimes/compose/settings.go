package compose

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/drillctl/drillctl/runtimes"
)

// settingsOf are how a service's containers will be configured, by its definition.
func settingsOf(s types.ServiceConfig) []runtimes.Setting {
	out := []runtimes.Setting{
		{Path: "image", Value: s.Image, Software: true}, {Path: "user", Value: s.User}, {Path: "restart", Value: s.Restart},
		{Path: "command", Value: strings.Join(append(append([]string{}, s.Entrypoint...), s.Command...), "\x00"), Software: true, Secret: true},
		{Path: "limits.memory", Value: fmt.Sprint(int64(s.MemLimit))}, {Path: "limits.cpus", Value: fmt.Sprint(s.CPUS)}, {Path: "limits.pids", Value: fmt.Sprint(s.PidsLimit)},
	}
	for _, name := range slices.Sorted(maps.Keys(s.Environment)) {
		value := ""
		if v := s.Environment[name]; v != nil {
			value = *v
		}
		out = append(out, runtimes.Setting{Path: "env." + name, Value: value, Software: true, Secret: true})
	}
	if s.Deploy != nil {
		if l := s.Deploy.Resources.Limits; l != nil {
			out = append(out, runtimes.Setting{Path: "limits.deploy", Value: fmt.Sprintf("cpus %v, memory %d, pids %d", l.NanoCPUs, int64(l.MemoryBytes), l.Pids)})
		}
	}
	return append(out, checks(s.HealthCheck)...)
}

func checks(h *types.HealthCheckConfig) []runtimes.Setting {
	if h == nil || h.Disable {
		return []runtimes.Setting{{Path: "health.check", Value: "none"}}
	}
	span := func(d *types.Duration) string {
		if d == nil {
			return "the image's"
		}
		return d.String()
	}
	retries := "the image's"
	if h.Retries != nil {
		retries = fmt.Sprint(*h.Retries)
	}
	return []runtimes.Setting{
		{Path: "health.check", Value: "set"},
		{Path: "health.test", Value: strings.Join(h.Test, "\x00"), Secret: true}, // may hold a password
		{Path: "health.interval", Value: span(h.Interval)}, {Path: "health.timeout", Value: span(h.Timeout)},
		{Path: "health.start-period", Value: span(h.StartPeriod)}, {Path: "health.retries", Value: retries},
	}
}

// mounted are the files of this machine that containers of a service will see, by
// where they see them.
func mounted(s types.ServiceConfig) map[string]string {
	out := map[string]string{}
	for _, v := range s.Volumes {
		if v.Type == types.VolumeTypeBind {
			out[v.Target] = v.Source
		}
	}
	return out
}
