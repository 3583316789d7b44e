package agent_test

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/drillctl/drillctl/faults/agent"
	"github.com/drillctl/drillctl/faults/agent/lab"
)

// The agent must refuse the network namespace that the tests run in, with and
// without a user namespace of its own, whatever it is told, and work in a
// private one.
func TestGuard(t *testing.T) {
	private := lab.Private()
	onlyUser := lab.Private()
	onlyUser.Cloneflags = syscall.CLONE_NEWUSER
	withPID := lab.Private()
	withPID.Cloneflags |= syscall.CLONE_NEWPID
	hostPID := lab.Private()
	hostPID.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWPID
	mine, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		attr  *syscall.SysProcAttr
		token string
		works bool
	}{
		{"the host", &syscall.SysProcAttr{}, "", false},
		{"the host's network from another user namespace", onlyUser, "", false},
		{"the host's network from other user and PID namespaces", hostPID, "", false},
		{"the host, vouched for wrongly", &syscall.SysProcAttr{}, mine, false},
		{"private", private, "", true},
		{"private, with a PID namespace", withPID, "", true},
		{"private, but another one is meant", private, "net:[1]", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := exec.Command("/proc/self/exe", "agent")
			cmd.Env = append(os.Environ(), agent.PrivateEnv+"="+tt.token)
			cmd.SysProcAttr = tt.attr
			cmd.Stdin = strings.NewReader(`{"n":1,"op":"doctor"}` + "\n")
			var out, errs bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &errs
			if err := cmd.Start(); err != nil {
				lab.Missing(t, err.Error())
			}
			err := cmd.Wait()
			if tt.works && (err != nil || !strings.Contains(out.String(), "packet filter")) {
				t.Errorf("%v, %s%s", err, out.String(), errs.String())
			}
			if !tt.works && (err == nil || !strings.Contains(out.String(), agent.ErrHostNetwork.Error())) {
				t.Errorf("it works: %v, %s", err, out.String())
			}
		})
	}
}

// A client hears why its agent refuses.
func TestRefusalIsHeard(t *testing.T) {
	lab.Run(t, func(t *testing.T, n *lab.Net) {
		t.Setenv(agent.PrivateEnv, "net:[1]")
		_, err := agent.Doctor(t.Context(), n.Host(t, "target"))
		if err == nil || !strings.Contains(err.Error(), agent.ErrHostNetwork.Error()) {
			t.Errorf("%v", err)
		}
	})
}
