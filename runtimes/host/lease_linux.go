package host

import (
	"os/exec"
	"syscall"
)

// leased has the kernel end the child when the thread that started it ends, and
// keeps the terminal's Ctrl-C away from it.
func leased(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
