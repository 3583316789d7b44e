package docker

import (
	"context"
	"fmt"
	"path"

	"github.com/moby/moby/api/types/mount"

	"github.com/drillctl/drillctl/runtimes"
)

// diskOf has the engine make a node's volume in memory, of the size of its disk;
// nil for one on the engine's own disk.
func diskOf(n runtimes.Node) *mount.Driver {
	if n.Disk == 0 {
		return nil
	}
	return &mount.Driver{Name: "local", Options: map[string]string{"type": "tmpfs", "device": "tmpfs", "o": fmt.Sprintf("size=%d", n.Disk)}}
}

// keepDisk has a helper mount a node's disk, too: the engine drops what is in
// memory as soon as nobody has it mounted, as between two lives of a container.
func (r *Runtime) keepDisk(ctx context.Context, m *member) error {
	if m.node.Disk == 0 {
		return nil
	}
	c, err := (&Instance{r: r, m: m}).inspect(ctx)
	if err != nil {
		return err
	}
	volume, err := mountAt(c, m.node.Data)
	if err != nil {
		return fmt.Errorf("the disk of %s: %w", m.node.Name, err)
	}
	m.disk, err = r.runHelper(ctx, kindHelper, helperContainer{args: r.options.HubArgs, net: "none", of: m.node.Name,
		mounts: []mount.Mount{{Type: mount.TypeVolume, Source: volume, Target: volumeDir, ReadOnly: true, VolumeOptions: &mount.VolumeOptions{NoCopy: true}}}})
	if err != nil {
		return fmt.Errorf("keeping the disk of %s: %w", m.node.Name, err)
	}
	return nil
}

// releaseDisk lets go of the node's disk, so that it can be removed.
func (m *member) releaseDisk() error {
	if m.disk == nil {
		return nil
	}
	return m.disk.Close()
}

// mountPath is where a container has what is asked for: its own data if nothing
// is said.
func (m *member) mountPath(at string) (string, error) {
	if at == "" && m.node.Data == "" {
		return "", fmt.Errorf("%s: %w: nobody knows where it has its data: name the path", m.node.Name, runtimes.ErrUnsupported)
	}
	if at == "" {
		at = m.node.Data
	}
	return path.Clean(at), nil
}
