package cmd

import (
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/rundir"
)

// The engine is restarted in the middle of a drill: what agents held is gone at
// once, limits after recover, and the drill says that it does not know. Where
// containers live on without their engine so do agents, whose input nobody ends:
// there it is drillctl's silence that ends the damage.
func TestEngineRestartedInTheMiddle(t *testing.T) {
	t.Run("killed, and containers live on", func(t *testing.T) { restartEngine(t, newOwnEngine(t, "--live-restore"), syscall.SIGKILL) })
	t.Run("in order", func(t *testing.T) {
		if os.Getenv("DRILLCTL_ROUNDS") == "" {
			t.Skip("half a minute more, with DRILLCTL_ROUNDS")
		}
		restartEngine(t, newOwnEngine(t), syscall.SIGTERM)
	})
}

func restartEngine(t *testing.T, e *ownEngine, with syscall.Signal) {
	image, err := makeTenantImage()
	if err != nil {
		t.Fatal(err)
	}
	g := newTenantsOf(t, image, "front", "a", "b")
	kept, before := map[string]string{}, map[string]string{}
	for _, name := range g.names {
		kept[name], before[name] = g.kept(name), g.leased(name)
	}
	d := newLiveDrill(t)
	d.start(nil, "run", g.scenario(`  - {at: 0s, fault: blackhole, on: {name: a@}, for: 30s}
  - {at: 100ms, fault: cpu-throttle, on: {name: b@}, for: 30s, cpus: 0.5}
  - {at: 100ms, fault: memory-limit, on: {name: b@}, for: 30s, memory: 64MiB}`))
	for range 3 {
		d.said("in force:")
	}
	net := "/proc/" + dock(t, "inspect", "--format", "{{.State.Pid}}", g.name("a")) + "/ns/net"
	damaged := func() string {
		if is, err := networkState(net); err == nil && strings.Contains(is, "drillctl_") {
			return is
		}
		return "" // or it has ended
	}
	if damaged() == "" {
		t.Fatal("there is no damage whose end could be seen")
	}
	ends := make(chan struct{})
	go func() { defer close(ends); e.end(with) }()
	t.Logf("leased damage was gone %s after the signal to dockerd", goneWithin(t, leaseLimit, "leased damage", damaged, ""))
	<-ends
	if why := e.start(); why != "" {
		t.Fatal(why)
	}
	code := d.wait()
	var rec drill.Record
	if err := d.run().ReadJSON(rundir.Record, &rec); err != nil {
		t.Errorf("exit %d, without a record: %v", code, err)
	}
	if !slices.Contains([]int{exit.Missed, exit.Inconclusive, exit.Broken}, code) || rec.Verdict == drill.Pass {
		t.Errorf("exit %d, verdict %s: %s", code, rec.Verdict, rec.Reason)
	}
	t.Logf("exit %d, %s: %s", code, rec.Verdict, rec.Reason)
	for range 2 {
		if code, out := d.exit("recover"); code != exit.Passed {
			t.Errorf("recover: exit %d\n%s", code, out)
		}
	}
	for _, name := range g.names {
		goneWithin(t, patience, name+" after recover", func() string { return g.kept(name) }, kept[name])
		goneWithin(t, leaseLimit, "in "+name+" after recover", func() string { return g.leased(name) }, before[name])
	}
	goneWithin(t, 10*time.Second, "drillctl's containers", d.engineHolds, "")
}
