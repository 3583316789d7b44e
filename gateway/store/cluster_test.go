//go:build unix

package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/drillctl/drillctl/gateway/emit"
	"github.com/drillctl/drillctl/gateway/store/state"
)

// storeEnv makes the test binary a store: its value is the config.
const storeEnv = "DRILLCTL_TEST_STORE"

func TestMain(m *testing.M) {
	if text := os.Getenv(storeEnv); text != "" {
		os.Exit(child(text))
	}
	os.Exit(m.Run())
}

// roomEnv says how a store sees that its disk is full: as the disk itself says, or
// never.
const (
	roomEnv = "DRILLCTL_TEST_ROOM"
	asItIs  = "as it is"
	unseen  = "unseen"
)

// child runs one store until it is told to stop.
func child(text string) int {
	var c Config
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	switch os.Getenv(roomEnv) {
	case "": // as the test says
		full = func(dir string) bool { _, err := os.Stat(dir + fullMark); return err == nil }
	case unseen:
		full = func(string) bool { return false }
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := Run(ctx, c, emit.New(os.Stdout, emit.Node{Name: c.Name, Region: c.Region})); err != nil {
		fmt.Fprintln(os.Stderr, c.Name, err)
		return 1
	}
	return 0
}

// A cluster is several stores, each a process on a loopback address of its own,
// all with the same ports.
type cluster struct {
	t      *testing.T
	config Config
	nodes  []*node
	events *recorder
	inside func(i int, program string) *exec.Cmd // runs a program where node i is
}

// A node is one store, running or not.
type node struct {
	Config
	url string
	cmd *exec.Cmd
}

func start(t *testing.T, n int, change func(*Config)) *cluster {
	t.Helper()
	return startIn(t, n, func(_ int, program string) *exec.Cmd { return exec.Command(program) }, change)
}

func startIn(t *testing.T, n int, inside func(int, string) *exec.Cmd, change func(*Config)) *cluster {
	t.Helper()
	c := &cluster{t: t, events: &recorder{}, inside: inside, config: Config{Replication: Async, Ports: freePorts(t, n)}}
	for i := range n {
		name := string(rune('a' + i))
		c.config.Peers = append(c.config.Peers, Peer{Region: "region-" + name, Name: name + "-store-1", Addr: loopback(i)})
	}
	c.config.Primary = "region-a"
	if change != nil {
		change(&c.config)
	}
	dir := cmp.Or(c.config.Dir, t.TempDir())
	for i, p := range c.config.Peers {
		own := c.config
		own.Name, own.Region, own.Addr4, own.Dir = p.Name, p.Region, p.Addr, filepath.Join(dir, p.Region)
		c.nodes = append(c.nodes, &node{Config: own, url: own.url(p)})
		c.run(i)
	}
	t.Cleanup(func() {
		for i := range c.nodes {
			c.kill(i)
		}
		if t.Failed() {
			t.Log("events:\n" + strings.Join(c.events.all(), "\n"))
		}
	})
	return c
}

func loopback(i int) netip.Addr { return netip.AddrFrom4([4]byte{127, 0, 3, byte(i + 1)}) }

// freePorts finds ports that are free on all the addresses.
func freePorts(t *testing.T, n int) Ports {
	t.Helper()
	free := func() uint16 {
		for range 50 {
			l, err := net.Listen("tcp", net.JoinHostPort(loopback(0).String(), "0"))
			if err != nil {
				t.Skipf("no loopback addresses beside 127.0.0.1 here: %v", err)
			}
			defer l.Close()
			port := l.Addr().(*net.TCPAddr).Port
			ok := true
			for i := 1; i < n; i++ {
				other, err := net.Listen("tcp", net.JoinHostPort(loopback(i).String(), strconv.Itoa(port)))
				if ok = ok && err == nil; err == nil {
					other.Close()
				}
			}
			if ok {
				return uint16(port)
			}
		}
		t.Fatal("no free port")
		return 0
	}
	return Ports{HTTP: free(), NATS: free(), Cluster: free(), Raft: free()}
}

// run starts node i, again or for the first time.
func (c *cluster) run(i int) {
	c.t.Helper()
	n := c.nodes[i]
	text, err := json.Marshal(n.Config)
	if err != nil {
		c.t.Fatal(err)
	}
	n.cmd = c.inside(i, os.Args[0])
	n.cmd.Env = append(os.Environ(), storeEnv+"="+string(text))
	n.cmd.Stdout, n.cmd.Stderr = c.events, os.Stderr
	if err := n.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
}

// kill ends node i as a loss of power would: nothing in it gets to run.
func (c *cluster) kill(i int) {
	_ = c.nodes[i].cmd.Process.Kill() // it may be dead already
	_ = c.nodes[i].cmd.Wait()
}

// terminate asks node i to stop and wants it to do so without an error.
func (c *cluster) terminate(i int) {
	c.t.Helper()
	c.signal(syscall.SIGTERM, i)
	if err := c.nodes[i].cmd.Wait(); err != nil {
		c.t.Errorf("store %s: %v", c.nodes[i].Name, err)
	}
}

// freeze stops nodes without their knowledge; thaw lets them go on.
func (c *cluster) freeze(nodes ...int) { c.signal(syscall.SIGSTOP, nodes...) }
func (c *cluster) thaw(nodes ...int)   { c.signal(syscall.SIGCONT, nodes...) }

func (c *cluster) signal(s os.Signal, nodes ...int) {
	c.t.Helper()
	for _, i := range nodes {
		if err := c.nodes[i].cmd.Process.Signal(s); err != nil {
			c.t.Fatal(err)
		}
	}
}

// until polls for at most 30 s.
func until(t *testing.T, what string, ok func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for time.Since(began) < 30*time.Second {
		if ok() {
			return time.Since(began)
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("not within 30 s: %s", what)
	return 0
}

// ready waits until the given nodes are.
func (c *cluster) ready(nodes ...int) time.Duration {
	c.t.Helper()
	return until(c.t, fmt.Sprint("ready: ", nodes), func() bool {
		for _, i := range nodes {
			if status, _, _ := c.do(i, "GET", "/readyz", ""); status != 200 {
				return false
			}
		}
		return true
	})
}

// leader is the node that says it leads, -1 if none of them does.
func (c *cluster) leader(among ...int) int {
	for _, i := range among {
		if c.status(i).Role == state.Leader {
			return i
		}
	}
	return -1
}

func (c *cluster) status(i int) (s state.State) {
	_, body, _ := c.do(i, "GET", "/status", "")
	_ = json.Unmarshal([]byte(body), &s) // a store that does not answer has the zero state
	return s
}

var client = &http.Client{Timeout: 3 * time.Second}

// do asks node i; the status is 0 if there is no answer.
func (c *cluster) do(i int, method, path, body string) (int, string, http.Header) {
	req, err := http.NewRequest(method, c.nodes[i].url+path, bytes.NewReader([]byte(body)))
	if err != nil {
		c.t.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, err.Error(), nil
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err.Error(), nil
	}
	return res.StatusCode, string(text), res.Header
}

func (c *cluster) write(i int, id uint64) int {
	status, _, _ := c.do(i, "POST", "/orders", fmt.Sprintf(`{"id":"%d","sent_ns":%d,"item":"drill-%d"}`, id, id*10, id))
	return status
}

// must writes each id until it is stored; 200 is an answer that got lost before.
func (c *cluster) must(i int, ids ...uint64) {
	c.t.Helper()
	for _, id := range ids {
		first := true
		until(c.t, fmt.Sprintf("node %d stores %d", i, id), func() bool {
			status := c.write(i, id)
			if status == 200 && first {
				c.t.Fatalf("order %d was there before", id)
			}
			first = false
			return status/100 == 2
		})
	}
}

func (c *cluster) ids(i int, scope string) (l ledger) {
	_, body, _ := c.do(i, "GET", "/orders/ids?scope="+scope, "")
	_ = json.Unmarshal([]byte(body), &l) // no answer is the zero ledger
	return l
}

// holds waits until node i holds exactly these ranges, with no duplicates.
func (c *cluster) holds(i int, want string) {
	c.t.Helper()
	var got ledger
	defer func() {
		if c.t.Failed() {
			c.t.Logf("node %d held %v and duplicates %v, want %s", i, got.IDs, got.Duplicates, want)
		}
	}()
	until(c.t, fmt.Sprintf("node %d holds %s", i, want), func() bool {
		got = c.ids(i, "local")
		return fmt.Sprint(got.IDs) == want && len(got.Duplicates) == 0
	})
}

func span(from, to uint64) (ids []uint64) {
	for id := from; id <= to; id++ {
		ids = append(ids, id)
	}
	return ids
}

// A recorder keeps the events that the stores print, as text.
type recorder struct {
	mu   sync.Mutex
	text []byte
}

func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.text = append(r.text, p...)
	return len(p), nil
}

// all returns the events so far, oldest first.
func (r *recorder) all() (lines []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for line := range strings.Lines(string(r.text)) {
		var e emit.Line
		if json.Unmarshal([]byte(line), &e) == nil {
			lines = append(lines, fmt.Sprintf("%9.3f %s %s %v %s", e.Mono.Seconds(), e.Kind, e.Subject, e.Data, e.Note))
		}
	}
	return lines
}

// has waits for an event whose text has all the parts.
func (c *cluster) has(parts ...string) {
	c.t.Helper()
	until(c.t, fmt.Sprint("an event with ", parts), func() bool {
		return slices.ContainsFunc(c.events.all(), func(line string) bool {
			return !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(line, p) })
		})
	})
}
