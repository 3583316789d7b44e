package docker_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/client"

	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/runtimes/docker"
)

// BenchmarkUpDown raises and ends a system, and has the compose command do the same
// with a file that asks for equal containers, in the same run. Ours also waits until
// every node answers, which "up" does not.
func BenchmarkUpDown(b *testing.B) {
	for _, n := range []int{10, 30} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var up, down, theirUp, theirDown time.Duration
			for b.Loop() {
				u, d, file := ours(b, n)
				up, down = up+u, down+d
				theirUp += compose(b, file, "up", "--detach")
				theirDown += compose(b, file, "down")
			}
			for unit, took := range map[string]time.Duration{"up-s": up, "down-s": down, "compose-up-s": theirUp, "compose-down-s": theirDown} {
				b.ReportMetric(took.Seconds()/float64(b.N), unit)
			}
			b.ReportMetric(up.Seconds()/theirUp.Seconds(), "up-to-compose-ratio")
			b.ReportMetric(down.Seconds()/theirDown.Seconds(), "down-to-compose-ratio")
		})
	}
}

// ours raises and ends n nodes. The file is for the compose command.
func ours(b *testing.B, n int) (up, down time.Duration, file string) {
	b.Helper()
	began := time.Now()
	r := open(b)
	var nodes []runtimes.Node
	for i := range n {
		nodes = append(nodes, node(r, fmt.Sprintf("node-%02d", i), 1, byte(i+1)))
	}
	if err := r.Start(b.Context(), nodes); err != nil {
		b.Fatal(err)
	}
	up = time.Since(began)
	file = composeFile(b, r, nodes)
	began = time.Now()
	if err := r.Close(); err != nil {
		b.Fatal(err)
	}
	return up, time.Since(began), file
}

// composeFile asks for what the runtime makes of nodes.
func composeFile(b *testing.B, r *docker.Runtime, nodes []runtimes.Node) string {
	b.Helper()
	all, err := r.Instances(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	cli, err := client.New(client.FromEnv)
	if err != nil {
		b.Fatal(err)
	}
	defer cli.Close()
	is, err := cli.ContainerInspect(b.Context(), all[0].Ref().ID, client.ContainerInspectOptions{})
	if err != nil {
		b.Fatal(err)
	}
	var y strings.Builder
	fmt.Fprintf(&y, "version: '2.4'\nnetworks: {default: {internal: true}}\nservices:\n")
	for _, n := range nodes {
		fmt.Fprintf(&y, `  %s: {image: "%s", command: ["%s"], restart: unless-stopped, read_only: true, cap_drop: [ALL], cap_add: [NET_BIND_SERVICE], security_opt: ["no-new-privileges"], tmpfs: [/tmp]}
`, n.Name, is.Container.Config.Image, strings.Join(n.Args, `", "`))
	}
	file := filepath.Join(b.TempDir(), "compose.yaml")
	if err := os.WriteFile(file, []byte(y.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	return file
}

// compose says how long a compose command takes.
func compose(b *testing.B, file string, args ...string) time.Duration {
	b.Helper()
	began := time.Now()
	c := exec.Command("docker-compose", append([]string{"--file", file, "--project-name", fmt.Sprintf("drillctl-bench-%d", os.Getpid())}, args...)...)
	if out, err := c.CombinedOutput(); err != nil {
		b.Fatalf("docker-compose %s: %v\n%s", args[0], err, out)
	}
	return time.Since(began)
}
