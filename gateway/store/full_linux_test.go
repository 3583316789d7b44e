package store

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/drillctl/drillctl/gateway/store/state"
)

// onDisk starts a cluster whose first store has a small disk of its own, for real.
func onDisk(t *testing.T, n int, room, replication string) *cluster {
	t.Helper()
	dir := t.TempDir()
	disk := filepath.Join(dir, "region-a")
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, "size=32m"); err != nil {
		missing(t, fmt.Sprintf("mounting a tmpfs: %v", err))
	}
	t.Cleanup(func() {
		if err := unix.Unmount(disk, 0); err != nil {
			t.Errorf("unmounting the disk: %v", err)
		}
	})
	t.Setenv(roomEnv, room)
	c := start(t, n, func(c *Config) { c.Dir, c.Replication = dir, replication })
	for i := range n {
		c.ready(i)
	}
	until(t, "the primary leads", func() bool { return c.leader(0) == 0 })
	return c
}

// ballast fills the disk of node 0 to its last byte, and what becomes free of it, too,
// until drain.
func (c *cluster) ballast() (drain func()) {
	c.t.Helper()
	f, err := os.OpenFile(filepath.Join(c.nodes[0].Dir, "ballast"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		c.t.Fatal(err)
	}
	take := func() {
		for _, size := range []int{1 << 20, 4096} {
			for err = nil; err == nil; {
				_, err = f.Write(make([]byte, size))
			}
		}
		if !errors.Is(err, syscall.ENOSPC) {
			c.t.Error(err)
		}
	}
	take()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				take()
			}
		}
	}()
	return func() {
		c.t.Helper()
		close(stop)
		<-done
		if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
			c.t.Fatal(err)
		}
	}
}

// holdsAll waits until node i holds all that was acknowledged.
func (c *cluster) holdsAll(i int, acked []uint64) {
	c.t.Helper()
	until(c.t, fmt.Sprintf("node %d holds all that was acknowledged", i), func() bool {
		got := c.ids(i, "local")
		return len(got.Duplicates) == 0 && covers(got.IDs, acked)
	})
}

func covers(ranges [][2]uint64, ids []uint64) bool {
	for _, id := range ids {
		in := false
		for _, r := range ranges {
			in = in || r[0] <= id && id <= r[1]
		}
		if !in {
			return false
		}
	}
	return true
}

// writing writes at node 0 in the background until the end, and returns what was
// acknowledged.
func (c *cluster) writing(from uint64) (end func() []uint64) {
	stop, acked := make(chan struct{}), make(chan []uint64)
	go func() {
		var got []uint64
		for id := from; ; id++ {
			select {
			case <-stop:
				acked <- got
				return
			default:
			}
			if status := c.write(0, id); status == 201 {
				got = append(got, id)
			}
		}
	}()
	return func() []uint64 { close(stop); return <-acked }
}

// A disk that is full to its last byte, for real.
func TestFullForReal(t *testing.T) {
	if os.Getenv(innerEnv) == "" {
		outside(t)
		return
	}
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		missing(t, fmt.Sprintf("a network namespace: %v: %s", err, out))
	}
	t.Run("sync", testSyncFull)
	t.Run("sync, in the middle of a write", testSyncFullUnseen)
	t.Run("async, in the middle of a write", testAsyncFullUnseen)
}

// A store that replicates synchronously leaves the cluster when its disk is full:
// the others have a majority and go on, nothing acknowledged is lost, and with room
// again it comes back by itself and copies what it missed.
func testSyncFull(t *testing.T) {
	c := onDisk(t, 3, asItIs, Sync)
	c.must(0, span(1, 10)...)
	end := c.writing(1000)
	time.Sleep(300 * time.Millisecond)
	drain := c.ballast()
	began := time.Now()
	lead := c.elected(1, 2)
	t.Logf("another region leads after %v", time.Since(began))
	acked := end()
	if len(acked) == 0 {
		t.Error("nothing was acknowledged before")
	}
	c.must(lead, span(11, 20)...)
	until(t, "the full store is not ready", func() bool {
		status, body, _ := c.do(0, "GET", "/readyz", "")
		return status == 503 && body == `{"error":"the disk is full"}`+"\n"
	})
	if s := c.status(0); s.Role == state.Leader || !s.Full {
		t.Errorf("status of the full store: %+v", s)
	}
	c.has("leader a-store-1", "to:fenced", "the disk is full")
	c.holdsAll(0, span(1, 10)) // it can still be read
	drain()
	all := append(acked, span(1, 20)...)
	for i := range 3 {
		c.holdsAll(i, all)
	}
	c.ready(0, 1, 2)
	c.must(0, 21)
}

// JetStream finds out in the middle of a write: the store ends with an error, and is
// as good as before when it is started with room.
func testSyncFullUnseen(t *testing.T) {
	c := onDisk(t, 3, unseen, Sync)
	c.must(0, span(1, 10)...)
	end := c.writing(1000)
	time.Sleep(300 * time.Millisecond)
	drain := c.ballast()
	c.gaveUp(0)
	c.elected(1, 2)
	acked := append(end(), span(1, 10)...)
	drain()
	c.run(0)
	for i := range 3 {
		c.holdsAll(i, acked)
	}
	c.ready(0, 1, 2)
}

func testAsyncFullUnseen(t *testing.T) {
	c := onDisk(t, 1, unseen, Async)
	c.must(0, span(1, 10)...)
	end := c.writing(1000)
	time.Sleep(300 * time.Millisecond)
	drain := c.ballast()
	c.gaveUp(0)
	acked := append(end(), span(1, 10)...)
	if len(acked) == 10 {
		t.Error("nothing was acknowledged before")
	}
	drain()
	c.run(0)
	c.ready(0)
	c.holdsAll(0, acked)
	c.must(0, 21)
}

// gaveUp waits until the store has ended, with an error.
func (c *cluster) gaveUp(i int) {
	c.t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- c.nodes[i].cmd.Wait() }()
	select {
	case err := <-ended:
		if err == nil {
			c.t.Error("the store ended without an error")
		}
	case <-time.After(30 * time.Second):
		status, body, _ := c.do(i, "POST", "/orders", `{"id":"999999","sent_ns":1,"item":"x"}`)
		c.t.Fatalf("the store goes on with a full disk: a write is answered %d %s", status, body)
	}
}
