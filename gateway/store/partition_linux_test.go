package store

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/bug"
	"github.com/drillctl/drillctl/gateway/store/state"
)

// innerEnv marks the test that runs inside its own namespaces.
const innerEnv = "DRILLCTL_TEST_INNER"

// bridge makes a bridge with three network namespaces on it, n0 to n2.
const bridge = `set -e
mount -t tmpfs tmpfs /run
ip link set lo up
ip link add br0 type bridge
ip addr add 10.99.0.254/24 dev br0
ip link set br0 up
for k in 0 1 2; do
	ip netns add n$k
	ip link add v$k type veth peer name eth0 netns n$k
	ip link set v$k master br0 up
	ip -n n$k link set lo up
	ip -n n$k addr add 10.99.0.$((k+1))/24 dev eth0
	ip -n n$k link set eth0 up
done`

// TestPartition cuts the network between stores that go on running.
func TestPartition(t *testing.T) {
	if os.Getenv(innerEnv) == "" {
		outside(t)
		return
	}
	if out, err := exec.Command("sh", "-c", bridge).CombinedOutput(); err != nil {
		missing(t, fmt.Sprintf("network namespaces: %v: %s", err, out))
	}
	t.Run("async", testPartitionAsync)
	t.Run("split brain", testPartitionSplitBrain)
	t.Run("sync", testPartitionSync)
}

// outside runs this test once more in namespaces of its own.
func outside(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v="+strconv.FormatBool(testing.Verbose()))
	cmd.Env = append(os.Environ(), innerEnv+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		missing(t, fmt.Sprintf("user namespaces: %v", err))
	}
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}

// missing skips, unless the machine is said to have namespaces.
func missing(t *testing.T, why string) {
	t.Helper()
	if strings.Contains(os.Getenv("DRILLCTL_REQUIRE"), "netns") {
		t.Fatal(why)
	}
	t.Skip(why)
}

func apart(t *testing.T, change func(*Config)) *cluster {
	t.Helper()
	c := startIn(t, 3, func(i int, program string) *exec.Cmd {
		return exec.Command("ip", "netns", "exec", fmt.Sprint("n", i), program)
	}, func(c *Config) {
		for i := range c.Peers {
			c.Peers[i].Addr = netip.AddrFrom4([4]byte{10, 99, 0, byte(i + 1)})
		}
		change(c)
	})
	c.ready(0, 1, 2)
	return c
}

// cut drops what node 0 and the other stores send each other; the test still
// reaches all of them. heal ends it.
func (c *cluster) cut() {
	c.nft("add table ip cut; add chain ip cut in { type filter hook input priority 0; }; " +
		"add rule ip cut in ip saddr 10.99.0.2-10.99.0.3 drop; add chain ip cut out { type filter hook output priority 0; }; " +
		"add rule ip cut out ip daddr 10.99.0.2-10.99.0.3 drop")
}

func (c *cluster) heal() { c.nft("delete table ip cut") }

func (c *cluster) nft(rules string) {
	c.t.Helper()
	if out, err := exec.Command("ip", "netns", "exec", "n0", "nft", rules).CombinedOutput(); err != nil {
		missing(c.t, fmt.Sprintf("nft: %v: %s", err, out))
	}
}

// flood writes at node 0 until it refuses for a second, and returns what it
// acknowledged, and what may have been stored without an acknowledgement.
func (c *cluster) flood(from uint64) (acked, unsure []uint64) {
	quiet := time.Now()
	for id := from; time.Since(quiet) < time.Second; id++ {
		switch c.write(0, id) {
		case 201:
			acked, quiet = append(acked, id), time.Now()
		case 504:
			unsure = append(unsure, id)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return acked, unsure
}

// allQuarantined checks that what is listed as divergent is all that was
// acknowledged, and nothing that was surely refused.
func allQuarantined(t *testing.T, body string, acked, unsure []uint64) {
	t.Helper()
	var d struct {
		Count int      `json:"count"`
		IDs   []string `json:"ids"`
	}
	if err := json.Unmarshal([]byte(body), &d); err != nil {
		t.Fatalf("divergent: %v: %s", err, body)
	}
	for _, id := range acked {
		if !slices.Contains(d.IDs, fmt.Sprint(id)) {
			t.Errorf("%d was acknowledged, lost, and is not in quarantine: %s", id, body)
		}
	}
	if d.Count < len(acked) || d.Count > len(acked)+len(unsure) {
		t.Errorf("%d in quarantine; %d were acknowledged and %d may have been stored", d.Count, len(acked), len(unsure))
	}
}

func testPartitionAsync(t *testing.T) {
	c := apart(t, func(*Config) {})
	c.must(0, span(1, 5)...)
	c.holds(1, "[[1 5]]")
	c.holds(2, "[[1 5]]")
	c.cut()
	began := time.Now()
	lost, unsure := c.flood(100)
	t.Logf("the cut-off leader acknowledged %d writes", len(lost))
	if len(lost) == 0 {
		t.Error("nothing was acknowledged under the lease: the test proves nothing")
	}
	lead := c.elected(1, 2)
	t.Logf("another region led %v after the cut", time.Since(began))
	c.must(lead, 6)
	until(t, "the old leader is fenced", func() bool { return c.status(0).Role == state.Fenced })
	if status, _, _ := c.do(0, "GET", "/readyz", ""); status != 503 {
		t.Errorf("/readyz of the cut-off store: %d", status)
	}
	if status, _, _ := c.do(0, "GET", "/orders/3", ""); status != 200 {
		t.Errorf("reading at the cut-off store: %d", status)
	}
	c.heal()
	for i := range 3 {
		c.holds(i, "[[1 6]]")
	}
	t.Logf("back after %v", c.ready(0, 1, 2))
	_, body, _ := c.do(0, "GET", "/divergent", "")
	allQuarantined(t, body, lost, unsure)
}

func testPartitionSplitBrain(t *testing.T) {
	c := apart(t, func(c *Config) { c.Bugs = []string{bug.SplitBrain} })
	c.must(0, 1)
	c.holds(1, "[[1 1]]")
	c.holds(2, "[[1 1]]")
	c.cut()
	lead := c.elected(1, 2)
	c.must(lead, 2)
	c.must(0, 100, 101) // both lead
	if status, _, _ := c.do(0, "GET", "/readyz", ""); status != 200 {
		t.Errorf("/readyz of the cut-off leader with the bug: %d", status)
	}
	c.heal()
	c.holds(0, "[[1 2]]")
}

func testPartitionSync(t *testing.T) {
	c := apart(t, func(c *Config) { c.Replication = Sync })
	c.must(0, span(1, 5)...)
	c.cut()
	if acked, _ := c.flood(100); len(acked) != 0 {
		t.Errorf("a leader without a majority acknowledged %v", acked)
	}
	until(t, "not ready", func() bool { s, _, _ := c.do(0, "GET", "/readyz", ""); return s == 503 })
	lead := c.elected(1, 2)
	c.must(lead, 6)
	c.heal()
	t.Logf("back after %v", c.ready(0, 1, 2))
	// What was in doubt may be there or not, but the same everywhere.
	until(t, "all hold the same", func() bool {
		a, b, x := c.ids(0, "local"), c.ids(1, "local"), c.ids(2, "local")
		return fmt.Sprint(a.IDs) == fmt.Sprint(b.IDs) && fmt.Sprint(b.IDs) == fmt.Sprint(x.IDs) && len(a.IDs) > 0 && a.IDs[0] == [2]uint64{1, 6}
	})
}
