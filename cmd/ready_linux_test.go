package cmd

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/gateway"
)

// BenchmarkSystemReady is the bundled system of three regions from nothing to
// every node answering: 18 nodes and a client.
func BenchmarkSystemReady(b *testing.B) {
	exe, err := exec.LookPath("drillctl")
	if err != nil {
		b.Skip("this test binary is not on the path as drillctl: ", err)
	}
	var worst time.Duration
	for b.Loop() {
		dir := b.TempDir()
		began := time.Now()
		sys, err := subject.Bundled{Config: gateway.Config{}, Ground: subject.Grounds()[0]}.Raise(b.Context(), subject.Place{
			Env: terminal.Env{Exe: exe}, ID: "bench", Logs: filepath.Join(dir, "logs"), Data: filepath.Join(dir, "data"),
		})
		if err != nil {
			b.Fatal(err)
		}
		worst = max(worst, time.Since(began))
		if err := sys.End(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(worst.Seconds()*1e3, "worst-ready-ms")
}
