// Command predict holds what `drillctl predict` says against short drills over a
// grid of settings: each cell loses the primary region of the bundled system and
// prints predicted against measured. They must agree within one health interval
// and one slot of the load.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/drill/predict"
)

func main() {
	exe := flag.String("drillctl", "bin/drillctl", "the program to run")
	every := flag.Int("every", 1, "run every n-th cell of the grid only")
	first := flag.Int("first", 0, "the cell to begin with")
	list := flag.Bool("list", false, "print the cells and their predictions; run nothing")
	flag.Parse()
	state, err := os.MkdirTemp("", "drillctl-predict-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("%-10s %-8s %-8s %-4s %-5s  %-25s  %s\n", "loss", "interval", "timeout", "n", "ttl", "predicted failover", "measured")
	bad := 0
	for i, c := range cells() {
		switch {
		case i < *first || (i-*first)%*every != 0:
		case *list:
			fmt.Println(c)
		default:
			line, ok := c.run(*exe, state)
			fmt.Println(c, line)
			if !ok {
				bad++
			}
		}
	}
	if bad > 0 {
		fmt.Printf("%d cells do not agree; their records are in %s\n", bad, state)
		os.Exit(1)
	}
	if err := os.RemoveAll(state); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run carries a cell out, once more if the machine starved the load.
func (c cell) run(exe, state string) (line string, ok bool) {
	for try := 1; ; try++ {
		rec, err := c.drill(exe, state)
		if err != nil {
			return err.Error(), false
		}
		m, found := predict.Of(rec)
		if !found {
			return rec.Reason, false
		}
		if rec.Analysis.Load.Saturated && try < 3 {
			continue
		}
		return c.compare(m)
	}
}

func (c cell) compare(m predict.Measured) (string, bool) {
	b, slack := c.bound(), c.settings.Interval+time.Second/rate
	ok := b.Detection.Agrees(m.Detection, slack) && b.Failover.Agrees(m.Failover, slack)
	word := map[bool]string{true: "agrees", false: "DISAGREES"}[ok]
	return fmt.Sprintf("%5.2fs (detection %5.2fs)  %s", m.Failover.Value, m.Detection.Value, word), ok
}

// drill runs the cell's scenario. A drill that missed an objective or is not
// conclusive still has a record.
func (c cell) drill(exe, state string) (rec drill.Record, err error) {
	file := filepath.Join(state, "cell.yaml")
	if err := os.WriteFile(file, []byte(c.scenario()), 0o600); err != nil {
		return rec, err
	}
	cmd := exec.Command(exe, "--state-dir", state, "run", file, "--quiet", "--output", "json")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if bad := json.Unmarshal(out, &rec); bad != nil {
		return rec, errors.Join(err, bad)
	}
	return rec, nil
}
