package scenarios

import (
	"slices"

	"github.com/drillctl/drillctl/faults"
)

// The disks of stores lie in memory, and a log needs some room.
const minStoreDisk, maxStoreDisk = faults.Size(16 << 20), faults.Size(1 << 30)

func (c *checker) storeDisk(g *Gateway) {
	const path = "system.gateway.store-disk"
	if d := g.StoreDisk; d != 0 && (d < minStoreDisk || d > maxStoreDisk) && c.sound(path) {
		c.errorf(path, "64MiB is plenty for a drill", "%s: must be between %s and %s", path, minStoreDisk, maxStoreDisk)
	}
}

// disk checks that there is a disk to fill: the bundled system's stores have one
// of their own if they are given it, and nobody knows where others have theirs.
func (c *checker) disk(st Step, path string) {
	full, ok := st.Damage.(*faults.DiskFull)
	if !ok || !c.sound("system") {
		return
	}
	g := c.s.System.Gateway
	if g == nil {
		if full.Path == "" && c.sound(path+".path") {
			c.errorf(path, "path: /var/lib/postgresql/data", "%s: disk-full needs path: where the targets have the file system", path)
		}
		return
	}
	switch notStore := func(in instance) bool { return in.role != "store" }; {
	case full.Path != "":
		c.errorf(path+".path", "leave it out", "%s.path: where the bundled system has its disks is not the drill's affair", path)
	case g.StoreDisk == 0:
		c.errorf(path+".fault", "system.gateway: {store-disk: 64MiB}", "%s: the stores have no disks of their own to fill", path)
	case slices.ContainsFunc(c.chosen(st.On), notStore):
		c.errorf(path+".on", "on: {region: us-east, role: store}", "%s: only stores have a disk", path)
	}
}
