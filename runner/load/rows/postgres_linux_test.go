package rows

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// A cluster is a real PostgreSQL on a port of loopback.
type cluster struct {
	bin, data string
	port      int
	as        *syscall.Credential // it refuses to run as root
	cmd       *exec.Cmd
}

// postgres starts one, where the machine has it: Debian's packages put it below
// /usr/lib/postgresql.
func postgres(t *testing.T) *cluster {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is good
	skip := func(why string) {
		if slices.Contains(strings.Split(os.Getenv("DRILLCTL_REQUIRE"), ","), "postgres") {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	if len(found) == 0 {
		skip("there is no PostgreSQL here: apt-get install postgresql")
	}
	c := &cluster{bin: filepath.Dir(found[len(found)-1])}
	dir, err := os.MkdirTemp("", "drillctl-pg-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	c.data = filepath.Join(dir, "data")
	if os.Getuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			skip("PostgreSQL does not run as root, and there is no user postgres")
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		c.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.port = l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	pw := filepath.Join(dir, "pw")
	if err := os.WriteFile(pw, []byte("hunter2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := c.program("initdb", "-D", c.data, "-U", "shop", "-A", "scram-sha-256", "--pwfile", pw, "-N").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	c.start(t)
	t.Cleanup(func() { _ = c.kill() })
	return c
}

func (c *cluster) program(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin, name), args...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as, Setpgid: true, Pdeathsig: syscall.SIGQUIT}
	return cmd
}

func (c *cluster) start(t *testing.T) {
	t.Helper()
	c.cmd = c.program("postgres", "-D", c.data, "-p", strconv.Itoa(c.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=")
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

// kill ends all of it at once, as a power loss does. Its children are in groups of
// their own, and a successor does not start while one of them is left.
func (c *cluster) kill() error {
	list, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", c.cmd.Process.Pid))
	_ = c.cmd.Process.Kill()
	err := c.cmd.Wait()
	for _, child := range strings.Fields(string(list)) {
		pid, _ := strconv.Atoi(child)
		for pid > 0 && syscall.Kill(pid, syscall.SIGKILL) == nil && !ended(pid) {
			time.Sleep(time.Millisecond)
		}
	}
	return err
}

// ended says that a process is nothing but an entry that nobody took yet.
func ended(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}

func (c *cluster) open(t *testing.T) *DB {
	t.Helper()
	d, err := Open(Config{URL: fmt.Sprintf("postgres://shop@127.0.0.1:%d/postgres", c.port), Password: "hunter2", Run: "r1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func (c *cluster) ready(t *testing.T, d *DB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		err := d.Prepare(ctx)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// A real server: rows are written, survive a power loss, and are found again; of
// a write while it is away nobody says that it was acknowledged.
func TestPostgres(t *testing.T) {
	c := postgres(t)
	d := c.open(t)
	c.ready(t, d)
	if err := d.Prepare(t.Context()); err != nil {
		t.Errorf("the table is there: %v", err)
	}
	var acked []uint64
	write := func(n uint64) Outcome {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		o := d.Write(ctx, n)
		if o.Ack == drill.Acked {
			acked = append(acked, n)
		}
		return o
	}
	for n := range uint64(20) {
		if o := write(n + 1); o.Ack != drill.Acked || !o.Reused {
			t.Fatalf("row %d: %+v", n+1, o)
		}
	}
	if o := write(1); o.Ack != drill.Indeterminate {
		t.Errorf("a row that is there: %+v", o)
	}
	_ = c.kill() // that is how it ends
	if o := write(30); o.Ack == drill.Acked {
		t.Errorf("written to nobody: %+v", o)
	}
	if o := write(31); o.Ack != drill.Rejected {
		t.Errorf("refused: %+v", o)
	}
	c.start(t)
	c.ready(t, d)
	if o := write(32); o.Ack != drill.Acked {
		t.Errorf("back again: %+v", o)
	}
	got, err := d.Read(t.Context())
	slices.Sort(got)
	if err != nil || !slices.Equal(got, acked) {
		t.Errorf("read %v, %v; acknowledged were %v", got, err, acked)
	}
}
