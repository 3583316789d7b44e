package reports

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Prometheus itself reads every document: its linter, which reads the older text
// format as Pushgateway and node_exporter's textfile collector do, and its own
// OpenMetrics parser, by which it makes a block of the samples.
func TestPrometheusReads(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil && strings.Contains(os.Getenv("DRILLCTL_REQUIRE"), "prometheus") {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip("promtool (Debian: prometheus) is not installed: ", err)
	}
	f, err := Lookup("openmetrics")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range documents() {
		doc := rendered(t, f, name)
		lint := exec.Command(promtool, "check", "metrics")
		lint.Stdin = bytes.NewReader(doc)
		if out, err := lint.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		dir := t.TempDir()
		stamped, samples := filepath.Join(dir, "metrics.txt"), 0
		var b strings.Builder
		for line := range strings.Lines(string(doc)) {
			if !strings.HasPrefix(line, "#") { // a block needs times
				line, samples = strings.TrimSuffix(line, "\n")+" 1764300000\n", samples+1
			}
			b.WriteString(line)
		}
		if err := os.WriteFile(stamped, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(promtool, "tsdb", "create-blocks-from", "openmetrics", stamped, filepath.Join(dir, "tsdb")).CombinedOutput()
		if err != nil || samples == 0 {
			t.Errorf("%s: %d samples: %v\n%s", name, samples, err, out)
		}
	}
}
