package faults

import (
	"fmt"
	"strconv"
	"sync"
	"time"
)

// StrainCommand is the hidden command that must lead to [Strain].
const StrainCommand = "strain"

// strainFor is longer than two of the kernel's periods.
const strainFor = 250 * time.Millisecond

// Strain keeps as many processors busy as its argument says, for a quarter of a
// second.
func Strain(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("%s: want a number of loops", StrainCommand)
	}
	n, err := strconv.Atoi(args[0])
	if err != nil || n < 1 || n > 1024 {
		return fmt.Errorf("%s: %q is not a number of loops", StrainCommand, args[0])
	}
	end := time.Now().Add(strainFor)
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			for time.Now().Before(end) {
			}
		})
	}
	wg.Wait()
	return nil
}
