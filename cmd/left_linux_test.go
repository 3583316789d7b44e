package cmd

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// processes are those that execute this drill's binary, wherever they live.
func (d *liveDrill) processes() []string {
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		d.t.Fatal(err)
	}
	return slices.DeleteFunc(links, func(l string) bool {
		exe, err := os.Readlink(l)
		return err != nil || !strings.HasPrefix(exe, d.exe) // gone meanwhile
	})
}

// traces are links and namespaces that outlive processes on this machine.
func traces(t *testing.T) []string {
	t.Helper()
	var out []string
	links, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		out = append(out, l.Name)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range strings.Split(string(mounts), "\n") {
		if strings.Contains(m, " nsfs ") {
			out = append(out, m)
		}
	}
	return out
}
