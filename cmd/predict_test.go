package cmd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/reports"
)

func TestPredictCommand(t *testing.T) {
	own := filepath.Join(t.TempDir(), "own.yaml")
	if err := os.WriteFile(own, []byte(`{apiVersion: drillctl/v1, name: own, system: {url: "http://127.0.0.1:9"}, load: {rate: 100/s},
  steps: [{at: 2s, fault: external, for: 20s}], objectives: {rto: 10s}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"predict region-blackhole", exit.Passed, "silent   failover   2.50 s   3.80 s  4.50 s"},
		{"predict --like route53", exit.Passed, "silent   failover   66.00 s  120.6 s  156.0 s"},
		{"predict --like route53 --interval 10s --ttl 0", exit.Passed, "silent   failover   26.00 s"},
		{"predict region-blackhole --threshold 1", exit.Passed, "refused  detection     0 s"},
		{"predict", exit.Usage, "no time between checks"},
		{"predict --interval 1s", exit.Usage, "threshold 0"},
		{"predict --interval 1s --threshold 1 --ttl -1s", exit.Usage, "not below zero"},
		{"predict " + own, exit.Usage, "a system of your own"},
		{"predict --like nothing", exit.Usage, "known: caddy"},
		{"predict --like caddy region-blackhole", exit.Usage, "one place only"},
		{"predict --like caddy -o xml", exit.Usage, "unknown format"},
		{"predict --run last --state-dir " + t.TempDir(), exit.Usage, "drillctl runs"},
	} {
		code, out, stderr := invoke(strings.Fields(tt.args)...)
		if code != tt.code || !strings.Contains(out+stderr, tt.want) {
			t.Errorf("%s: exit %d\n%s%s", tt.args, code, out, stderr)
		}
	}
}

func TestPredictJSON(t *testing.T) {
	code, out, stderr := invoke("predict", "region-blackhole", "--output", "json")
	var v reports.PredictionView
	if err := json.Unmarshal([]byte(out), &v); code != exit.Passed || err != nil {
		t.Fatalf("exit %d, %v\n%s%s", code, err, out, stderr)
	}
	if v.Name != "region-blackhole" || v.Settings.Interval != time.Second || v.Settings.Phase < 0.799 || len(v.Bounds) != 2 || v.Bounds[0].Failover.Upper != 4500*time.Millisecond {
		t.Errorf("%+v", v)
	}
}

// What the clients of a scenario make of the TTL is part of its prediction, and
// can be asked for by hand.
func TestPredictTellsClients(t *testing.T) {
	for _, tt := range []struct {
		args  []string
		upper time.Duration // of failover after a silent loss
	}{
		{[]string{"client-dns-cache"}, 3500*time.Millisecond + 8*time.Second},
		{[]string{"dns-ttl"}, 5500 * time.Millisecond},
		{[]string{"dns-ttl", "--clients-keep", "30s"}, 33500 * time.Millisecond},
		{[]string{"dns-ttl", "--clients-keep", "1s"}, 5500 * time.Millisecond},
	} {
		code, out, stderr := invoke(append(append([]string{"predict"}, tt.args...), "--output", "json")...)
		var v reports.PredictionView
		if err := json.Unmarshal([]byte(out), &v); code != exit.Passed || err != nil {
			t.Fatalf("exit %d, %v\n%s%s", code, err, out, stderr)
		}
		if got := v.Bounds[0].Failover.Upper; got != tt.upper {
			t.Errorf("%v: failover within %s, want %s", tt.args, got, tt.upper)
		}
	}
}

// One region has nowhere to go: its checks are predicted, and no failover.
func TestPredictOneRegion(t *testing.T) {
	code, out, stderr := invoke("predict", "monitoring-errors")
	if code != exit.Passed || !strings.Contains(out, "nowhere to fail over to") || !strings.Contains(out, "silent   detection") {
		t.Fatalf("exit %d\n%s%s", code, out, stderr)
	}
	for _, not := range []string{"silent   failover", "come on top", "whose writer moves"} {
		if strings.Contains(out, not) {
			t.Errorf("%q in\n%s", not, out)
		}
	}
	if code, out, stderr = invoke("predict", "monitoring-errors", "--output", "json"); code != exit.Passed || strings.Contains(out, `"failover"`) {
		t.Errorf("exit %d\n%s%s", code, out, stderr)
	}
}
