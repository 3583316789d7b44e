package process

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A hostProcess is the host as its maker sees it.
type hostProcess struct {
	control *os.File // our end of the socket
	pid     int
	kill    func() error
	exited  chan struct{} // closed when it has ended, and all nodes with it
	err     error         // how it ended, set before exited is closed
}

// namespaces says in what the host is to live.
type namespaces struct {
	flags uintptr
	text  string
}

// choices lists what to try, best first. Root may do without a user namespace.
func choices() []namespaces {
	const inner = unix.CLONE_NEWNET | unix.CLONE_NEWPID
	all := []namespaces{{inner | unix.CLONE_NEWUSER, "user, network and PID namespaces"}}
	if os.Geteuid() == 0 {
		all = append(all, namespaces{inner, "network and PID namespaces as root"})
	}
	return all
}

// spawn starts the host. Its stderr goes to o.Stderr.
func spawn(o Options, ns namespaces) (*hostProcess, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, os.NewSyscallError("socketpair", err)
	}
	theirs := os.NewFile(uintptr(pair[1]), "control")
	defer theirs.Close()
	cmd := exec.Command(o.Exe, o.Args...)
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.Stderr = o.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: ns.flags,
		Pdeathsig:  syscall.SIGKILL,
		Setsid:     true, // the terminal's Ctrl-C is for drillctl alone
	}
	if ns.flags&unix.CLONE_NEWUSER != 0 {
		cmd.SysProcAttr.UidMappings = idMaps("/proc/self/uid_map", os.Geteuid())
		cmd.SysProcAttr.GidMappings = idMaps("/proc/self/gid_map", os.Getegid())
	}
	p := &hostProcess{control: os.NewFile(uintptr(pair[0]), "control"), exited: make(chan struct{})}
	if err := p.start(cmd); err != nil {
		p.control.Close()
		return nil, err
	}
	return p, nil
}

// start starts cmd from a thread that lives as long as cmd: the kernel sends
// the parent-death signal when the parent's thread ends, not its process.
func (p *hostProcess) start(cmd *exec.Cmd) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if err == nil {
			p.pid, p.kill = cmd.Process.Pid, cmd.Process.Kill
		}
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.exited)
		}
	}()
	return <-started
}

// idMaps maps the user to root. Root keeps all ids that it has here, so that
// it can still read what it could read.
func idMaps(path string, id int) []syscall.SysProcIDMap {
	only := []syscall.SysProcIDMap{{ContainerID: 0, HostID: id, Size: 1}}
	if os.Geteuid() != 0 {
		return only
	}
	f, err := os.Open(path)
	if err != nil {
		return only
	}
	defer f.Close()
	var all []syscall.SysProcIDMap
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var inside, outside, size int64
		if _, err := fmt.Sscan(lines.Text(), &inside, &outside, &size); err != nil {
			return only
		}
		all = append(all, syscall.SysProcIDMap{ContainerID: int(inside), HostID: int(inside), Size: int(size)})
	}
	if len(all) == 0 {
		return only
	}
	return all
}

// baseEnv is what every process of the system gets of our environment: where
// to find and put things and how the Go runtime behaves, but neither secrets
// nor proxies.
func baseEnv(environ []string) []string {
	keep := map[string]bool{
		"PATH": true, "HOME": true, "USER": true, "TMPDIR": true, "TZ": true, "LANG": true,
		"GODEBUG": true, "GOTRACEBACK": true, "GOMAXPROCS": true, "GOMEMLIMIT": true, "GOGC": true,
		"GOCOVERDIR": true, "GORACE": true,
	}
	var env []string
	for _, kv := range environ {
		key, _, _ := strings.Cut(kv, "=")
		if keep[key] || strings.HasPrefix(key, "DRILLCTL_") {
			env = append(env, kv)
		}
	}
	return env
}

// hostLog is the default of Options.Stderr.
func hostLog(dir string) (*os.File, error) { return openLog(filepath.Join(dir, "host.log"), 0) }
