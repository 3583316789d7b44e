package cmd

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drillctl/drillctl/cmd/exit"
)

// dockPoints are when a drillctl that drills containers is killed, in order.
var dockPoints = []struct {
	name  string
	reach func(*liveDrill)
}{
	{"at once", func(*liveDrill) { time.Sleep(50 * time.Millisecond) }},
	{"attached", func(d *liveDrill) { d.said("attached to") }},
	{"warming up", func(d *liveDrill) { d.said("warmup:") }},
	{"steady", func(d *liveDrill) { d.logged(`"subject":"steady"`) }},
	{"armed", func(d *liveDrill) { d.logged("fault.armed") }},
	{"firing", func(d *liveDrill) { d.said("firing:") }},
	{"in force", func(d *liveDrill) { d.said("in force:") }},
	{"all in force", func(d *liveDrill) { d.said("in force:"); time.Sleep(1500 * time.Millisecond) }},
	{"taken back", func(d *liveDrill) { d.said("taken back:") }},
	{"settling", func(d *liveDrill) { d.said("settle:") }},
}

// rounds is how often each point is tried. Without being asked for more, only the
// points at which there is most to leave behind are.
func rounds(t *testing.T) (n int, points []string) {
	t.Helper()
	asked := os.Getenv("DRILLCTL_ROUNDS")
	if asked == "" {
		return 1, []string{"firing", "all in force"}
	}
	n, err := strconv.Atoi(asked)
	if err != nil {
		t.Fatal("DRILLCTL_ROUNDS: ", err)
	}
	for _, p := range dockPoints {
		points = append(points, p.name)
	}
	return n, points
}

// everySort is damage of every sort that a dead drillctl could leave in containers:
// rules, a queue, a full disk, limits, a frozen process, a stopped one.
const everySort = `  - {at: 0s, fault: blackhole, on: {name: a@}, for: 4s}
  - {at: 0s, fault: disk-full, on: {name: a@}, for: 4s, path: /small}
  - {at: 100ms, fault: cpu-throttle, on: {name: a@}, for: 3s, cpus: 0.5}
  - {at: 200ms, fault: memory-limit, on: {name: a@}, for: 3s, memory: 64MiB}
  - {at: 0s, fault: bandwidth, on: {name: b@}, for: 4s, rate: 1mbit}
  - {at: 300ms, fault: pause, on: {name: b@}, for: 3s}
  - {at: 300ms, fault: stop, on: {name: c@}, for: 3s}`

// leaseLimit is how long leased damage may outlive drillctl. Half of it is for a
// machine that does other work, too.
const leaseLimit = 2 * time.Second

// Whenever drillctl is killed, rules, queues and full disks in containers are gone
// at once, and the rest after recover; containers of others are byte for byte as
// before.
func TestSIGKILLOnContainers(t *testing.T) {
	needEngine(t)
	others := newTenants(t, "front")
	bystander, rules := others.inspect("front"), others.leased("front")
	var worst atomicMax
	n, points := rounds(t)
	t.Run("at", func(t *testing.T) {
		for _, p := range dockPoints {
			for round := range n {
				if slices.Contains(points, p.name) {
					t.Run(fmt.Sprint(p.name, " ", round+1), func(t *testing.T) {
						t.Parallel()
						worst.see(killOnContainers(t, p.reach))
					})
				}
			}
		}
	})
	t.Logf("leased damage was gone %s after the death, at most", worst.most)
	if is := others.inspect("front"); is != bystander {
		t.Errorf("a container of others was\n%s\nand is\n%s", bystander, is)
	}
	if is := others.leased("front"); is != rules {
		t.Errorf("in a container of others was %s, and is %s", rules, is)
	}
	// The engine's own rules come and go with networks, of other tests, too.
	if is, err := networkState("/proc/self/ns/net"); err != nil || strings.Contains(is, "drillctl_") || strings.Contains(is, "tbf") {
		t.Errorf("on this machine is %s (%v)", is, err)
	}
}

// atomicMax is the largest of what several see.
type atomicMax struct {
	mu   sync.Mutex
	most time.Duration
}

func (m *atomicMax) see(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.most = max(m.most, d)
}

// killOnContainers kills a drill when reach returns, and says how long its leased
// damage lived on.
func killOnContainers(t *testing.T, reach func(*liveDrill)) (lived time.Duration) {
	g := newTenants(t, "front", "a", "b", "c")
	kept, leased := map[string]string{}, map[string]string{}
	for _, name := range g.names {
		kept[name], leased[name] = g.kept(name), g.leased(name)
	}
	d := newLiveDrill(t)
	d.start(nil, "run", g.scenario(everySort))
	reach(d)
	if err := d.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	lived = goneWithin(t, leaseLimit, "leased damage", func() string { return g.leased("a") + g.leased("b") }, leased["a"]+leased["b"])
	d.wait()
	if code, out := d.exit("recover"); code != exit.Passed {
		t.Errorf("recover: exit %d\n%s", code, out)
	}
	if code, out := d.exit("recover", "--check"); code != exit.Passed {
		t.Errorf("recover --check: exit %d\n%s", code, out)
	}
	for _, name := range g.names {
		goneWithin(t, 10*time.Second, name+" after recover", func() string { return g.kept(name) }, kept[name])
		goneWithin(t, leaseLimit, "in "+name+" after recover", func() string { return g.leased(name) }, leased[name])
	}
	goneWithin(t, 10*time.Second, "drillctl's containers", d.engineHolds, "")
	return lived
}

// Limits that a dead drillctl has set stay until recover, which puts back exactly
// what was there, also where the kernel was about to end somebody for want of
// memory.
func TestLimitsOutliveAKillUntilRecover(t *testing.T) {
	needEngine(t)
	for name, step := range map[string]string{
		"cpu-throttle": "  - {at: 0s, fault: cpu-throttle, on: {name: a@}, for: 20s, cpus: 0.5}",
		"memory-limit": "  - {at: 0s, fault: memory-limit, on: {name: a@}, for: 20s, memory: 64MiB}",
		"oom":          "  - {at: 0s, fault: oom, on: {name: a@}}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newTenants(t, "front", "a")
			limits := func() string {
				return dock(t, "inspect", "--format", "{{.HostConfig.NanoCpus}} {{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}", g.name("a"))
			}
			before, kept := limits(), g.kept("a")
			d := newLiveDrill(t)
			d.start(nil, "run", g.scenario(step))
			go func() {
				for range d.lines { // nothing it says is waited for
				}
			}()
			d.eventually(patience, "a limit", func() bool { return limits() != before })
			if err := d.cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = d.cmd.Wait() // killed
			d.ended()
			if limits() == before {
				t.Error("the limit ended with drillctl: there is nothing to recover")
			}
			if code, out := d.exit("run", g.scenario(step)); code != exit.CannotRun || !strings.Contains(out, "drillctl recover") {
				t.Errorf("a drill over it: exit %d\n%s", code, out)
			}
			for range 2 {
				if code, out := d.exit("recover"); code != exit.Passed {
					t.Errorf("recover: exit %d\n%s", code, out)
				}
			}
			goneWithin(t, 10*time.Second, "the container", func() string { return g.kept("a") }, kept)
		})
	}
}

// Five drills at once on one engine, each of its own containers: each passes, and
// none touches another's.
func TestFiveDrillsAtOnce(t *testing.T) {
	needEngine(t)
	groups := make([]*tenants, 5)
	var scenarios []string
	for i := range groups {
		groups[i] = newTenants(t, "front", "a")
		scenarios = append(scenarios, groups[i].scenario("  - {at: 0s, fault: blackhole, on: {name: a@}, for: 2s}\n  - {at: 500ms, fault: pause, on: {name: a@}, for: 1s}"))
	}
	untilFed(t, scenarios, func(i int, out string) {
		for j, other := range groups {
			if j != i && strings.Contains(out, other.name("a")) {
				t.Errorf("drill %d tells of a container of drill %d", i+1, j+1)
			}
		}
	})
}

// smallSystem is as small as the bundled system can be for a drill of it.
const smallSystem = `apiVersion: drillctl/v1
name: small-%d
system:
  gateway:
    regions: {home: {role: primary, gateways: 1, apis: 2}}
    health: {interval: 500ms, timeout: 400ms, threshold: 2}
load: {rate: 20/s, writes: 5/s}
steady: {for: 2s, success: 90%%}
hold: 2s
steps:
  - {at: 1s, %s, for: %s}
settle: %s
objectives: {rto: %s, lost-writes: 0, availability: %s}
`

// Five bundled systems at once, each raised by its own drill: thirty containers in
// five networks, all alike by name. Of one the whole region loses its power.
func TestFiveSystemsAtOnce(t *testing.T) {
	needEngine(t)
	var scenarios []string
	for i := range 5 {
		path := filepath.Join(t.TempDir(), "small.yaml")
		parts := []any{i + 1, "fault: kill, on: {role: api, pick: one}", "4s", "4s", "4s", "70%"}
		if i == 0 {
			parts = []any{i + 1, "fault: power-loss, on: {region: home}", "1s", "7s", "30s", "10%"}
		}
		if err := os.WriteFile(path, fmt.Appendf(nil, smallSystem, parts...), 0o600); err != nil {
			t.Fatal(err)
		}
		scenarios = append(scenarios, path)
	}
	untilFed(t, scenarios, func(int, string) {})
}

// untilFed runs drills at once, and again, three times at most, while the load of
// any was starved of the machine's time: that says nothing about the others.
func untilFed(t *testing.T, scenarios []string, look func(i int, out string)) {
	t.Helper()
	machine.Lock()
	defer machine.Unlock()
	for range 3 {
		if !atOnce(t, scenarios, look) {
			return
		}
	}
	t.Error("the load was starved three times")
}

func atOnce(t *testing.T, scenarios []string, look func(i int, out string)) (starved bool) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	for i, scenario := range scenarios {
		d := newLiveDrill(t)
		wg.Go(func() {
			code, out := d.exit("run", scenario, "--runtime", "docker", "--quiet", "--output", "json")
			mu.Lock()
			defer mu.Unlock()
			switch {
			case code == exit.Inconclusive && (strings.Contains(out, "saturated: ") || strings.Contains(out, "could not keep its grid")):
				starved = true
			case code != exit.Passed:
				t.Errorf("drill %d: exit %d\n%s", i+1, code, out)
			}
			look(i, out)
			if left := d.engineHolds(); left != "" {
				t.Errorf("drill %d left %s", i+1, left)
			}
		})
	}
	wg.Wait()
	return starved
}
