package process

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// A child hears of its process. Both are called with the supervisor's mu held.
type child interface {
	ended(ws syscall.WaitStatus)
	frozen()
}

// A supervisor owns all processes of a host. While mu is held no process is
// reaped, so a pid that a child still has cannot belong to another process.
type supervisor struct {
	mu       sync.Mutex
	children map[int]child
}

// A command is a process to be.
type command struct {
	exe   string
	args  []string
	env   []string
	files [3]uintptr // stdin, stdout, stderr
}

// spawn starts c on t as leader of a process group of its own. The caller
// holds mu.
func (s *supervisor) spawn(t *netThread, c command, ch child) (pid int, err error) {
	attr := &syscall.ProcAttr{
		Env:   c.env,
		Files: c.files[:],
		Sys:   &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL},
	}
	argv := append([]string{c.exe}, c.args...)
	gone := t.do(func() { pid, err = syscall.ForkExec(c.exe, argv, attr) })
	if gone != nil {
		return 0, gone
	}
	if err != nil {
		return 0, fmt.Errorf("executing %s: %w", c.exe, err)
	}
	s.children[pid] = ch
	return pid, nil
}

// reap collects ended processes until ctx ends; those of unknown parents too,
// since the host is process 1 of its namespace.
func (s *supervisor) reap(ctx context.Context) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGCHLD)
	defer signal.Stop(signals)
	for {
		s.reapAll()
		select {
		case <-signals:
		case <-ctx.Done():
			return
		}
	}
}

func (s *supervisor) reapAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		var ws unix.WaitStatus
		pid, err := unix.Wait4(-1, &ws, unix.WNOHANG|unix.WUNTRACED, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		ch := s.children[pid]
		if ws.Stopped() {
			if ch != nil {
				ch.frozen()
			}
			continue
		}
		delete(s.children, pid)
		if ch != nil {
			ch.ended(syscall.WaitStatus(ws))
		}
	}
}

// how says how a process ended, in the words of os/exec.
func how(ws syscall.WaitStatus) string {
	if ws.Signaled() {
		return "signal: " + ws.Signal().String()
	}
	return fmt.Sprintf("exit status %d", ws.ExitStatus())
}
