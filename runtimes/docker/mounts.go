package docker

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"

	"github.com/drillctl/drillctl/runtimes"
)

var _ runtimes.InMount = (*Instance)(nil)

const (
	// volumeDir is where a helper has a container's volume.
	volumeDir = "/volume"
	// engineFile is a file that the engine keeps on its own disk and mounts into
	// every container that has a network of its own.
	engineFile = "/etc/hostname"
)

// RunInMount implements [runtimes.InMount]: a helper mounts the volume, too, and
// outlives a restart of the container; a tmpfs is only found through the
// container's processes, and ends with them.
func (i *Instance) RunInMount(ctx context.Context, at string, args []string) (runtimes.Process, runtimes.Mount, error) {
	c, err := i.inspect(ctx)
	if err == nil {
		at, err = i.m.mountPath(at)
	}
	if err != nil {
		return nil, runtimes.Mount{}, err
	}
	volume, err := mountAt(c, at)
	if err != nil {
		return nil, runtimes.Mount{}, fmt.Errorf("%s: %w", i.m.node.Name, err)
	}
	// It may write where only a user of the container may.
	h := helperContainer{args: args, net: "none", caps: []string{"DAC_OVERRIDE"}, of: i.m.node.Name}
	if volume != "" {
		h.mounts = []mount.Mount{{Type: mount.TypeVolume, Source: volume, Target: volumeDir, VolumeOptions: &mount.VolumeOptions{NoCopy: true}}}
		p, err := i.r.runHelper(ctx, kindHelper, h)
		if err != nil {
			return nil, runtimes.Mount{}, i.explain("running a helper beside", err)
		}
		return p, runtimes.Mount{Dir: volumeDir, Shared: engineFile}, nil
	}
	h.pid, h.caps = container.PidMode("container:"+i.m.id), append(h.caps, "SYS_PTRACE")
	p, err := i.beside(ctx, h)
	if err != nil {
		return nil, runtimes.Mount{}, err
	}
	return p, runtimes.Mount{Dir: "/proc/1/root" + path.Clean(at), Shared: engineFile}, nil
}

// mountAt is the volume that a container has mounted at a path, "" for a tmpfs.
// What is neither is refused.
func mountAt(c container.InspectResponse, at string) (volume string, err error) {
	at = path.Clean(at)
	if t, ok := c.HostConfig.Tmpfs[at]; ok && !slices.Contains(strings.Split(t, ","), "ro") {
		return "", ownProcesses(c)
	}
	for _, m := range c.Mounts {
		if path.Clean(m.Destination) != at {
			continue
		}
		switch {
		case !m.RW:
			return "", fmt.Errorf("what is mounted at %s is read-only", at)
		case m.Type == mount.TypeTmpfs:
			return "", ownProcesses(c)
		case m.Type == mount.TypeVolume:
			return m.Name, nil
		}
		return "", fmt.Errorf("%w: at %s is a %s mount of %s, which is the machine's own; only a volume or a tmpfs can be filled", runtimes.ErrUnsupported, at, m.Type, m.Source)
	}
	return "", fmt.Errorf("%w: no volume and no tmpfs is mounted at %s, so that it is on the engine's own disk; there is %s", runtimes.ErrUnsupported, at, mounted(c))
}

// ownProcesses asks whether process 1, as a helper sees it, is the container's.
func ownProcesses(c container.InspectResponse) error {
	if c.HostConfig.PidMode != "" && !c.HostConfig.PidMode.IsPrivate() {
		return fmt.Errorf("%w: it has no process namespace of its own (%s), through which alone its tmpfs could be found", runtimes.ErrUnsupported, c.HostConfig.PidMode)
	}
	return nil
}

// mounted says what there is to choose from.
func mounted(c container.InspectResponse) string {
	var all []string
	for at := range c.HostConfig.Tmpfs {
		all = append(all, "a tmpfs at "+at)
	}
	for _, m := range c.Mounts {
		if m.Type == mount.TypeVolume || m.Type == mount.TypeTmpfs {
			all = append(all, fmt.Sprintf("a %s at %s", m.Type, m.Destination))
		}
	}
	if len(all) == 0 {
		return "none in it"
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}
