package cmd

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/nftables"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Tenants are containers of somebody's own on a network of theirs, which drills
// attach to: front, where clients get in, and others. They have limits of their own.
type tenants struct {
	t     *testing.T
	group string // their label, network, and the beginning of their names
	names []string
}

var groups atomic.Int64

// dock runs the docker command.
func dock(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("docker", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// needEngine is for tests of containers: as root, which a look into their network
// needs.
func needEngine(t *testing.T) {
	t.Helper()
	out, err := exec.Command("docker", "version").CombinedOutput()
	switch {
	case testing.Short():
		t.Skip("drills take time (-short)")
	case err == nil && os.Getuid() == 0:
	case slices.Contains(strings.Split(os.Getenv("DRILLCTL_REQUIRE"), ","), "docker"):
		t.Fatalf("as user %d: %v\n%s", os.Getuid(), err, out)
	default:
		t.Skipf("no engine here that is root's: %v", err)
	}
}

// tenantImage is makeTenantImage, once.
var tenantImage = sync.OnceValues(makeTenantImage)

// makeTenantImage makes the image of testdata/tenant on the engine: one file, and
// nothing that has to be pulled.
func makeTenantImage() (string, error) {
	dir, err := os.MkdirTemp("", "drillctl-tenant-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	build := exec.Command("go", "build", "-trimpath", "-o", filepath.Join(dir, "tenant"), "../testdata/tenant")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	exe, err := os.ReadFile(filepath.Join(dir, "tenant"))
	if err != nil {
		return "", err
	}
	// As an executable's image, it stays for the next test of the same one.
	name := fmt.Sprintf("drillctl-test-tenant:%x", sha256.Sum256(exe))[:len("drillctl-test-tenant:")+16]
	if out, err := exec.Command("docker", "image", "inspect", "--format", "{{.Id}}", name).Output(); err == nil {
		return strings.TrimSpace(string(out)), nil
	}
	var image bytes.Buffer
	tw := tar.NewWriter(&image)
	for _, name := range []string{"tenant", "bin/sh"} {
		if err := tw.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(exe))}); err != nil {
			return "", err
		}
		if _, err := tw.Write(exe); err != nil {
			return "", err
		}
	}
	if err := tw.Close(); err != nil {
		return "", err
	}
	load := exec.Command("docker", "import", "--change", `ENTRYPOINT ["/tenant"]`, "-", name)
	load.Stdin = &image
	out, err := load.Output()
	return strings.TrimSpace(string(out)), err
}

func newTenants(t *testing.T, names ...string) *tenants {
	t.Helper()
	needEngine(t)
	image, err := tenantImage()
	if err != nil {
		t.Fatal(err)
	}
	return newTenantsOf(t, image, names...)
}

func newTenantsOf(t *testing.T, image string, names ...string) *tenants {
	t.Helper()
	g := &tenants{t: t, group: fmt.Sprintf("drillctl-test-%d-%d", os.Getpid(), groups.Add(1)), names: names}
	t.Cleanup(g.remove)
	dock(t, "network", "create", g.group)
	var wg sync.WaitGroup
	for _, name := range names {
		wg.Go(func() {
			out, err := exec.Command("docker", "run", "--detach", "--name", g.name(name), "--network", g.group, "--label", g.group, "--restart", "unless-stopped",
				"--cpus", "1.5", "--memory", "256m", "--memory-swap", "256m", "--tmpfs", "/small:size=8m", image).CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return g
}

func (g *tenants) name(of string) string { return g.group + "-" + of }

func (g *tenants) remove() {
	args := []string{"rm", "--force", "--volumes"}
	for _, name := range g.names {
		args = append(args, g.name(name))
	}
	for _, args := range [][]string{args, {"network", "rm", g.group}} {
		if out, err := exec.Command("docker", args...).CombinedOutput(); err != nil {
			g.t.Errorf("%v: %s", err, out)
		}
	}
}

// scenario writes a drill of them with these steps, in which NAME@ is a
// container's name.
func (g *tenants) scenario(steps string) string {
	g.t.Helper()
	for _, name := range g.names {
		steps = strings.ReplaceAll(steps, name+"@", g.name(name))
	}
	path := filepath.Join(g.t.TempDir(), "tenants.yaml")
	src := fmt.Sprintf(`apiVersion: drillctl/v1
name: tenants
system:
  containers:
    label: [%[1]s]
    entry: http://%[1]s-front:8080
    regions: {home: {}}
    blast-radius: 100%%
load: {rate: 20/s, read: {path: /}}
steady: {for: 1s, success: 90%%}
hold: 1s
steps:
%[2]s
settle: 2s
objectives: {availability: 90%%}
`, g.group, steps)
	if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
		g.t.Fatal(err)
	}
	return path
}

// inspect is all that the engine says of a container.
func (g *tenants) inspect(name string) string {
	g.t.Helper()
	return dock(g.t, "inspect", g.name(name))
}

// kept is what of a container no restart changes: how it is made, what it may use,
// and whether it runs.
func (g *tenants) kept(name string) string {
	g.t.Helper()
	return dock(g.t, "inspect", "--format", "{{json .Config}} {{json .HostConfig}} {{json .Mounts}} {{.State.Status}} {{range .NetworkSettings.Networks}}{{json .Aliases}}{{end}}", g.name(name))
}

// leased is what a container's network has of filters and queues, and how much of its
// tmpfs is in use.
func (g *tenants) leased(name string) string {
	pid, err := strconv.Atoi(dock(g.t, "inspect", "--format", "{{.State.Pid}}", g.name(name)))
	if err != nil {
		g.t.Fatal(err)
	}
	rules, err := networkState(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		return err.Error() // it restarts
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(fmt.Sprintf("/proc/%d/root/small", pid), &fs); err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s, %d blocks free", rules, fs.Bfree)
}

// networkState is every table, chain, rule and queueing discipline of a network
// namespace.
func networkState(ns string) (string, error) {
	var out string
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends, and is nobody else's
		if unix.Gettid() == os.Getpid() {
			// ... but not the first one, whose namespace is /proc/self's.
			var err error
			out, err = networkState(ns)
			runtime.UnlockOSThread()
			done <- err
			return
		}
		f, err := os.Open(ns)
		if err == nil {
			defer f.Close()
			err = unix.Setns(int(f.Fd()), unix.CLONE_NEWNET)
		}
		if err == nil {
			out, err = describeNetwork()
		}
		done <- err
	}()
	err := <-done
	return out, err
}

func describeNetwork() (string, error) {
	c, err := nftables.New()
	if err != nil {
		return "", err
	}
	var all []any
	chains, err := c.ListChains()
	if err != nil {
		return "", err
	}
	for _, ch := range chains {
		rules, err := c.GetRules(ch.Table, ch)
		if err != nil {
			return "", err
		}
		all = append(all, ch.Table.Name, ch.Name, len(rules))
	}
	queues, err := netlink.QdiscList(nil)
	for _, q := range queues {
		all = append(all, q.Type(), q.Attrs().Handle, q.Attrs().Parent)
	}
	b, jerr := json.Marshal(all)
	if err == nil {
		err = jerr
	}
	return string(b), err
}

// engineHolds is what drillctl has on the engine for a state directory.
func (d *liveDrill) engineHolds() string {
	return dock(d.t, "ps", "--all", "--quiet", "--filter", "label=drillctl.state="+d.state)
}

// goneWithin waits until all is as it was, and says how long that took.
func goneWithin(t *testing.T, limit time.Duration, what string, is func() string, want string) time.Duration {
	t.Helper()
	began := time.Now()
	for {
		got := is()
		took := time.Since(began)
		if got == want {
			return took
		}
		if took > limit {
			t.Errorf("%s, after %s: %s\nwant %s", what, limit, got, want)
			return took
		}
		time.Sleep(10 * time.Millisecond)
	}
}
