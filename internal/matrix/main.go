// Command matrix runs every shipped drill with and without the bug that it must
// see: a drill that cannot fail shows nothing. Each must pass without its bug
// and miss an objective with it, as often as asked.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"
)

// A pair is a drill and a bug that it must find.
type pair struct{ drill, bug string }

var pairs = []pair{
	{"region-blackhole", "no-failover"},
	{"region-power-loss", "ack-before-replicate"},
	{"gateway-crash", "no-failover"},
	{"api-brownout", "slow-ejection"},
	{"split-brain-partition-async", "split-brain"},
	{"split-brain-partition-sync", "split-brain"},
	{"flapping-region", "no-failover"},
}

func main() {
	exe := flag.String("drillctl", "bin/drillctl", "the program to run")
	times := flag.Int("n", 1, "how often")
	only := flag.String("only", "", "one drill only")
	slots := flag.Int("parallel", 1, "drills at a time; more than one disturbs the times of a small machine")
	flag.Parse()
	state, err := os.MkdirTemp("", "drillctl-matrix-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	bad := run(*exe, state, *only, *times, *slots)
	if bad > 0 {
		fmt.Printf("%d runs were not as they must be; their records are in %s\n", bad, state)
		os.Exit(1)
	}
	if err := os.RemoveAll(state); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(exe, state, only string, times, slots int) int {
	var mu sync.Mutex
	var wg sync.WaitGroup
	bad := 0
	gate := make(chan struct{}, slots)
	for range times {
		for _, p := range pairs {
			for _, bug := range []string{"", p.bug} {
				if only != "" && only != p.drill {
					continue
				}
				gate <- struct{}{}
				wg.Go(func() {
					defer func() { <-gate }()
					line, ok := one(exe, state, p.drill, bug)
					mu.Lock()
					defer mu.Unlock()
					fmt.Println(line)
					if !ok {
						bad++
					}
				})
			}
		}
	}
	wg.Wait()
	return bad
}

// one runs a drill and compares its exit code with what it must be: 0 without a
// bug, 1 with it.
func one(exe, state, drill, bug string) (line string, ok bool) {
	args := []string{"--state-dir", state, "run", drill, "--quiet"}
	want, name := 0, "no bug"
	if bug != "" {
		args, want, name = append(args, "--bug", bug), 1, bug
	}
	began := time.Now()
	cmd := exec.Command(exe, args...)
	out, err := cmd.Output()
	got := cmd.ProcessState.ExitCode()
	ok = got == want
	line = fmt.Sprintf("%-5v %-28s %-22s exit %d, want %d, %s", map[bool]string{true: "ok", false: "WRONG"}[ok], drill, name, got, want, time.Since(began).Round(time.Second))
	if !ok {
		line += fmt.Sprintf("\n%s\n%v", out, err)
	}
	return line, ok
}
