package docker

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/internal/mono"
	"github.com/drillctl/drillctl/runtimes"
)

// period is the kernel's, in microseconds, unless a container has its own.
const period = 100_000

// The engine takes a zero for "as it is", so a limit that was not there cannot be
// taken away, only be made so wide that it is none: 4 EiB, and all that the kernel
// can count.
const (
	wideMemory = 1 << 62
	wideSwap   = 1<<63 - 4096
	noQuota    = -1
)

// Limit implements [runtimes.Limiter].
func (i *Instance) Limit(ctx context.Context, of runtimes.Resource) (runtimes.Limit, error) {
	c, err := i.inspect(ctx)
	if err != nil {
		return runtimes.Limit{}, err
	}
	return limitOf(c.HostConfig.Resources, of)
}

func limitOf(h container.Resources, of runtimes.Resource) (runtimes.Limit, error) {
	switch of {
	case runtimes.CPU:
		l := runtimes.Limit{Settings: map[string]int64{"nano-cpus": h.NanoCPUs, "cpu-quota": h.CPUQuota}}
		switch {
		case h.NanoCPUs > 0:
			l.Amount = float64(h.NanoCPUs) / 1e9
		case h.CPUQuota > 0:
			l.Amount = float64(h.CPUQuota) / float64(periodOf(h))
		}
		return l, nil
	case runtimes.Memory:
		l := runtimes.Limit{Settings: map[string]int64{"memory": h.Memory, "memory-swap": h.MemorySwap, "memory-reservation": h.MemoryReservation}}
		if h.Memory > 0 && h.Memory < wideMemory {
			l.Amount = float64(h.Memory)
		}
		return l, nil
	}
	return runtimes.Limit{}, fmt.Errorf("limit of %q: %w", of, runtimes.ErrUnsupported)
}

func periodOf(h container.Resources) int64 {
	if h.CPUPeriod > 0 {
		return h.CPUPeriod
	}
	return period
}

// SetLimit implements [runtimes.Limiter], through the engine: it keeps the limit
// over a restart. Nothing is done where all is as wanted.
func (i *Instance) SetLimit(ctx context.Context, of runtimes.Resource, to runtimes.Limit) (time.Duration, error) {
	c, err := i.inspect(ctx)
	if err != nil {
		return 0, err
	}
	h := c.HostConfig.Resources
	want, err := resources(h, of, to)
	if err != nil || want == (wanted{}) {
		return mono.Now(), err
	}
	res := container.Resources{NanoCPUs: want.nano, CPUQuota: want.quota, Memory: want.memory, MemorySwap: want.swap, MemoryReservation: want.reserve}
	_, err = i.r.e.cli.ContainerUpdate(ctx, i.m.id, client.ContainerUpdateOptions{Resources: &res})
	return mono.Now(), i.explain("limiting the "+string(of)+" of", err)
}

// wanted are settings to be changed; zero leaves one as it is.
type wanted struct{ nano, quota, memory, swap, reserve int64 }

// resources says what has to change for a limit.
func resources(h container.Resources, of runtimes.Resource, to runtimes.Limit) (wanted, error) {
	switch {
	case of == runtimes.CPU && to.Settings != nil:
		return wanted{
			nano:  changed(h.NanoCPUs, to.Settings["nano-cpus"], 0),
			quota: changed(h.CPUQuota, to.Settings["cpu-quota"], noQuota),
		}, nil
	case of == runtimes.CPU && h.NanoCPUs > 0: // the engine refuses a quota beside it
		return wanted{nano: int64(to.Amount * 1e9)}, nil
	case of == runtimes.CPU:
		return wanted{quota: int64(to.Amount * float64(periodOf(h)))}, nil
	case of == runtimes.Memory && to.Settings != nil:
		return memoryAsBefore(h, to.Settings), nil
	case of == runtimes.Memory:
		// Swap would only make it slow: there is none beside the limit.
		w := wanted{memory: int64(to.Amount), swap: int64(to.Amount)}
		if h.MemoryReservation > w.memory {
			w.reserve = w.memory
		}
		return w, nil
	}
	return wanted{}, fmt.Errorf("limit of %q: %w", of, runtimes.ErrUnsupported)
}

// changed is a setting as it was, if it is not so now; none stands for 0.
func changed(is, was, none int64) int64 {
	switch {
	case is == was || was == 0 && is == none:
		return 0
	case was == 0:
		return none
	}
	return was
}

func memoryAsBefore(h container.Resources, was map[string]int64) wanted {
	w := wanted{
		memory:  changed(h.Memory, was["memory"], wideMemory),
		swap:    changed(h.MemorySwap, was["memory-swap"], wideSwap),
		reserve: changed(h.MemoryReservation, was["memory-reservation"], 0),
	}
	if w.memory != 0 && w.swap == 0 { // the engine wants to be told both
		w.swap = h.MemorySwap
	}
	return w
}

// Usage implements [runtimes.Limiter].
func (i *Instance) Usage(ctx context.Context) (runtimes.Usage, error) {
	res, err := i.r.e.cli.ContainerStats(ctx, i.m.id, client.ContainerStatsOptions{})
	if err != nil {
		return runtimes.Usage{}, i.explain("asking for the usage of", err)
	}
	defer res.Body.Close()
	var s container.StatsResponse
	if err := json.NewDecoder(res.Body).Decode(&s); err != nil {
		return runtimes.Usage{}, i.explain("asking for the usage of", err)
	}
	u := runtimes.Usage{
		CPUs: int(s.CPUStats.OnlineCPUs), CPU: time.Duration(s.CPUStats.CPUUsage.TotalUsage), Throttled: s.CPUStats.ThrottlingData.ThrottledPeriods,
		Memory: s.MemoryStats.Usage, MemoryLimit: s.MemoryStats.Limit,
	}
	for _, cache := range []string{"total_inactive_file", "inactive_file"} { // cgroup v1, v2
		if n, ok := s.MemoryStats.Stats[cache]; ok {
			u.Memory -= min(n, u.Memory)
			break
		}
	}
	return u, nil
}

var _ runtimes.Limiter = (*Instance)(nil)
