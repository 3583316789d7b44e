package process

import (
	"errors"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/drillctl/drillctl/runtimes"
)

func TestRemedy(t *testing.T) {
	for _, test := range []struct {
		name  string
		facts map[string]string
		euid  int
		want  string
	}{
		{"switched off", map[string]string{"/proc/sys/user/max_user_namespaces": "0"}, 1000, "sysctl -w user.max_user_namespaces="},
		{"no network namespaces", map[string]string{"/proc/sys/user/max_net_namespaces": "0"}, 0, "sysctl -w user.max_net_namespaces="},
		{"Debian", map[string]string{"/proc/sys/kernel/unprivileged_userns_clone": "0"}, 1000, "sysctl -w kernel.unprivileged_userns_clone=1"},
		{"Ubuntu 24.04", map[string]string{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1"}, 1000, "apparmor_restrict_unprivileged_userns=0"},
		{"a container", map[string]string{"/proc/self/status": "Name:\tx\nSeccomp:\t2\n"}, 0, "--security-opt seccomp=unconfined"},
		{"Ubuntu, as root in a container", map[string]string{
			"/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1", "/proc/self/status": "Name:\tx\nSeccomp:\t2\n",
		}, 0, "--security-opt seccomp=unconfined"},
		{"unknown", map[string]string{"/proc/sys/user/max_user_namespaces": "15000"}, 1000, "run drillctl as root"},
		{"root without capabilities", nil, 0, "CAP_SYS_ADMIN"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := remedy(func(path string) string { return test.facts[path] }, test.euid)
			if !strings.Contains(got, test.want) {
				t.Errorf("got %q, want something with %q", got, test.want)
			}
		})
	}
}

func TestExplain(t *testing.T) {
	for _, cause := range []error{unix.EPERM, unix.ENOSPC, &hostError{"making a bridge: operation not permitted", os.ErrPermission}} {
		if err := explain(cause); !errors.Is(err, runtimes.ErrUnsupported) || !errors.Is(err, cause) {
			t.Errorf("explain(%v) = %v, want one that wraps both it and ErrUnsupported", cause, err)
		}
	}
	if err := explain(unix.ENOENT); errors.Is(err, runtimes.ErrUnsupported) {
		t.Errorf("a missing binary is not about namespaces: %v", err)
	}
}

func TestBackoff(t *testing.T) {
	for _, test := range []struct {
		first time.Duration
		quick int
		want  time.Duration
	}{
		{0, 0, defaultBackoff},
		{time.Second, 0, time.Second},
		{time.Second, 3, 8 * time.Second},
		{time.Second, 1000, maxBackoff},
		{2 * maxBackoff, 5, 2 * maxBackoff},
	} {
		if got := backoff(test.first, test.quick); got != test.want {
			t.Errorf("backoff(%v, %d) = %v, want %v", test.first, test.quick, got, test.want)
		}
	}
}

func TestBridgeAddrs(t *testing.T) {
	got := bridgeAddrs(netip.MustParsePrefix("10.77.0.0/16"), netip.MustParsePrefix("fd77::/64"))
	want := []netip.Prefix{netip.MustParsePrefix("10.77.255.254/16"), netip.MustParsePrefix("fd77::ffff:ffff:ffff:fffe/64")}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := bridgeAddrs(netip.MustParsePrefix("192.168.1.0/28"), netip.Prefix{}); len(got) != 1 || got[0].String() != "192.168.1.14/28" {
		t.Errorf("without IPv6: %v", got)
	}
}

func TestBaseEnv(t *testing.T) {
	got := baseEnv([]string{"PATH=/bin", "HTTP_PROXY=http://x", "AWS_SECRET=1", "DRILLCTL_X=y", "GOMAXPROCS=2"})
	if want := []string{"PATH=/bin", "DRILLCTL_X=y", "GOMAXPROCS=2"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// wires makes both ends of a control socket.
func wires(t *testing.T) (a, b *wire) {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	var ends [2]*wire
	for i, fd := range pair {
		if ends[i], err = newWire(os.NewFile(uintptr(fd), "control")); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { ends[i].conn.Close() })
	}
	return ends[0], ends[1]
}

// TestWire sends short and long messages with a descriptor each.
func TestWire(t *testing.T) {
	a, b := wires(t)
	for _, size := range []int{0, maxPacket / 2, maxPacket, 3 << 20} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Repeat("é", size/2)
		if err := a.send(message{ID: 7, Op: opRun, Request: &request{Name: text}}, int(w.Fd())); err != nil {
			t.Fatal(err)
		}
		w.Close()
		m, fds, err := b.receive(make([]byte, maxPacket))
		if err != nil || m.ID != 7 || m.Op != opRun || m.Request.Name != text || len(fds) != 1 {
			t.Fatalf("size %d: got message %d %s, %d descriptors, %v", size, m.ID, m.Op, len(fds), err)
		}
		if _, err := unix.Write(fds[0], []byte("x")); err != nil {
			t.Errorf("size %d: the descriptor is not the pipe: %v", size, err)
		}
		closeAll(fds)
		got := make([]byte, 2)
		if n, err := r.Read(got); n != 1 || err != nil {
			t.Errorf("size %d: read %d bytes, %v", size, n, err)
		}
		if n, err := r.Read(got); n != 0 || err == nil {
			t.Errorf("size %d: the pipe is still open somewhere", size)
		}
		r.Close()
	}
	a.conn.Close()
	if _, _, err := b.receive(make([]byte, maxPacket)); err == nil {
		t.Error("no error from a closed socket")
	}
}

// TestErrorsKeepTheirKind sends errors over the wire.
func TestErrorsKeepTheirKind(t *testing.T) {
	for _, err := range []error{runtimes.ErrNoInstance, runtimes.ErrGone, runtimes.ErrUnsupported, syscall.EPERM} {
		var r reply
		r.setError(err)
		if got := r.err(); got.Error() != err.Error() || !(errors.Is(got, err) || errors.Is(got, os.ErrPermission)) {
			t.Errorf("%v became %v", err, got)
		}
	}
	if err := new(reply).err(); err != nil {
		t.Errorf("no error became %v", err)
	}
}
