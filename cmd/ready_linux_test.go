package cmd

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

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
		sys, err := layout(gateway.Config{}, filepath.Join(dir, "data"))
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		rt, err := sys.raise(b.Context(), Env{Exe: exe}, "bench", filepath.Join(dir, "logs"))
		if err != nil {
			b.Fatal(err)
		}
		worst = max(worst, time.Since(began))
		if err := rt.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(worst.Seconds()*1e3, "worst-ready-ms")
}
