package agent

import (
	"fmt"
	"time"
)

// A vigil watches for the holder's words while damage is in force.
type vigil struct {
	tick  *time.Ticker
	quiet int // ticks since the last word
}

// C has a tick now and then while damage is in force that needs words, else it
// never has one.
func (v *vigil) C() <-chan time.Time {
	if v.tick == nil {
		return nil
	}
	return v.tick.C
}

func (v *vigil) start() {
	if v.tick == nil {
		v.tick = time.NewTicker(beatEvery)
	}
}

func (v *vigil) end() {
	if v.tick != nil {
		v.tick.Stop()
		v.tick = nil
	}
}

// heard is a word of the holder, of any kind.
func (v *vigil) heard() { v.quiet = 0 }

// over counts a tick, and says so when there were too many without a word.
func (v *vigil) over() error {
	if v.quiet++; v.quiet < quietTicks {
		return nil
	}
	return fmt.Errorf("for %s nothing was heard of drillctl, which starves, or whose engine is gone", quietTicks*beatEvery)
}
