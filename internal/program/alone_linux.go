package program

import (
	"os/exec"
	"syscall"
)

// alone gives the program a process group, so that all of it can be ended, and
// ends it when we die.
func alone(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
}
