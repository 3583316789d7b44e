// Command matrix runs every shipped drill without a bug and with each of those
// that it says it must see: a drill that cannot fail shows nothing. Each must pass
// without and miss an objective with it, as often as asked.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
)

func main() {
	var o options
	var only string
	flag.StringVar(&o.exe, "drillctl", "bin/drillctl", "the program to run")
	flag.IntVar(&o.times, "n", 1, "how often")
	flag.StringVar(&only, "only", "", "these drills only, separated by commas")
	flag.StringVar(&o.runtime, "runtime", "", "the runtime to run on (default: drillctl's own choice)")
	flag.IntVar(&o.slots, "parallel", 1, "drills at a time; more than one disturbs the times of a small machine")
	flag.Parse()
	if only != "" {
		o.only = strings.Split(only, ",")
	}
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "matrix:", err)
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	exe, state, runtime string
	only                []string
	times, slots        int
}

// run tries all pairs and says how many were not as they must be. Their records
// are kept.
func run(o options) error {
	pairs, err := pairsOf(library(), o.only)
	if err != nil {
		return err
	}
	pairs = o.possible(pairs)
	if o.state, err = os.MkdirTemp("", "drillctl-matrix-"); err != nil {
		return err
	}
	if bad := all(o, pairs); bad > 0 {
		return fmt.Errorf("%d of %d runs were not as they must be; the records are in %s", bad, o.times*len(pairs), o.state)
	}
	fmt.Printf("%d runs, all as they must be\n", o.times*len(pairs))
	return errors.Join(os.RemoveAll(o.state))
}

func all(o options, pairs []pair) (bad int) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	gate := make(chan struct{}, max(1, o.slots))
	for range o.times {
		for _, p := range pairs {
			gate <- struct{}{}
			wg.Go(func() {
				defer func() { <-gate }()
				line, ok := o.try(p)
				mu.Lock()
				defer mu.Unlock()
				fmt.Println(line)
				if !ok {
					bad++
				}
			})
		}
	}
	wg.Wait()
	return bad
}
