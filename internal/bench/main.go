// Command bench runs every benchmark behind a performance claim and prints one
// line per figure: name, value, unit. Figures that compare two things are ratios
// taken in one run, because absolute times on a shared machine mean little.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// A suite is one package's benchmarks and how often each is run.
type suite struct {
	pkg, bench, times string
	needs             string // a command that must succeed, or there is nothing to measure here
}

// suites lists all claims; the README names the same.
var suites = []suite{
	{pkg: "./runtimes/process", bench: "BenchmarkStart19", times: "5x"},
	{pkg: "./cmd", bench: "BenchmarkSystemReady", times: "5x"},
	{pkg: "./faults", bench: "BenchmarkFire$", times: "5x"},
	{pkg: "./faults", bench: "BenchmarkFireContainers", times: "3x", needs: "docker version"},
	{pkg: "./runtimes/docker", bench: "BenchmarkUpDown", times: "1x", needs: "docker-compose version"},
	{pkg: "./runner/load/oracle", bench: "BenchmarkJudgedOracle", times: "1x"},
	{pkg: "./runner/load", bench: "BenchmarkWorkerVsVegeta", times: "1x"},
	{pkg: "./drill", bench: "BenchmarkMeasure10M", times: "1x"},
	{pkg: "./reports/history", bench: "BenchmarkHistory10k", times: "5x"},
	{pkg: "./cmd", bench: "BenchmarkHistoryCommand$", times: "10x"},
	{pkg: "./cmd", bench: "BenchmarkQuarter$", times: "3x"},
}

func main() {
	failed := false
	for _, s := range suites {
		if why := s.missing(); why != "" {
			fmt.Fprintf(os.Stderr, "%s %s: not measured: %s\n", s.pkg, s.bench, why)
			continue
		}
		out, err := exec.Command("go", "test", s.pkg, "-run", "^$", "-bench", s.bench, "-benchtime", s.times).CombinedOutput()
		if err != nil {
			failed = true
			fmt.Fprintf(os.Stderr, "%s %s: %v\n%s\n", s.pkg, s.bench, err, out)
			continue
		}
		n := 0
		for _, f := range figures(out) {
			fmt.Println(f)
			n++
		}
		if n == 0 {
			failed = true
			fmt.Fprintf(os.Stderr, "%s %s: no figure came out\n%s\n", s.pkg, s.bench, out)
		}
	}
	if failed {
		os.Exit(1)
	}
}

// missing says why a suite cannot be run here, "" when it can.
func (s suite) missing() string {
	argv := strings.Fields(s.needs)
	if len(argv) == 0 {
		return ""
	}
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		return fmt.Sprintf("%s: %v %s", s.needs, err, bytes.TrimSpace(out))
	}
	return ""
}

// figures reads go test's benchmark lines: a name, a count, then pairs of value
// and unit. The time of one turn of the loop is left out where a benchmark has
// figures of its own.
func figures(out []byte) []string {
	var all []string
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(f[0], "Benchmark")
		if i := strings.LastIndexByte(name, '-'); i > 0 {
			name = name[:i]
		}
		own := len(f) > 4
		for i := 2; i+1 < len(f); i += 2 {
			if own && f[i+1] == "ns/op" {
				continue
			}
			all = append(all, fmt.Sprintf("%-28s %14s %s", name, f[i], f[i+1]))
		}
	}
	return all
}
