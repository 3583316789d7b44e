package faults

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"
)

// StrainCommand is the hidden command that must lead to [Strain].
const StrainCommand = "strain"

// strainFor is longer than two of the kernel's periods.
const strainFor = 250 * time.Millisecond

// devourWord has Strain take memory.
const devourWord = "memory"

// devourMost bounds what is taken where nothing stops it.
const devourMost = 4 << 30

// Strain keeps as many processors busy as its argument says, for a quarter of a
// second; or it takes memory, and offers process 1 to whoever runs out of it.
func Strain(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("%s: want a number of loops, or %s", StrainCommand, devourWord)
	}
	if args[0] == devourWord {
		return takeMemory()
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

func takeMemory() error {
	if err := os.WriteFile("/proc/1/oom_score_adj", []byte("1000"), 0); err != nil {
		return fmt.Errorf("%s: %w", StrainCommand, err)
	}
	var kept [][]byte
	for taken := 0; taken < devourMost; taken += 1 << 20 {
		b := make([]byte, 1<<20)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1 // or the page is only promised
		}
		kept = append(kept, b)
	}
	return fmt.Errorf("%s: nothing stopped it at %d MiB", StrainCommand, len(kept))
}
