package agent

import (
	"fmt"
)

// damage is one sort of harm.
type damage interface {
	// arm makes everything ready, so that fire is one short act, and touches
	// nothing that packets can notice. It errors when fire could not work.
	arm() error
	fire() error
	// look reads back from the kernel whether it is there.
	look() (Look, error)
	// revert takes it back from any state, also without arm.
	revert() error
	// end is revert, and gives back what arm took. It is the last call.
	end() error
}

func newDamage(s Spec) (damage, error) {
	switch s.Kind {
	case Drop, Reset, Loss:
		return &filter{spec: s}, nil
	case Bandwidth:
		return newBucket(s)
	case Latency:
		return newDelay(s)
	case DNS:
		return newTrap(s)
	case Disk:
		return newHog(s)
	case HTTP:
		return newGate(s)
	case Flood:
		return newSurge(s)
	}
	return nil, fmt.Errorf("unknown damage %q", s.Kind)
}
