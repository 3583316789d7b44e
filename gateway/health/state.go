// Package health asks other nodes, again and again, whether they can serve,
// and makes up its mind by thresholds: so many failures in a row make a healthy
// one unhealthy, so many successes bring it back.
package health

import (
	"cmp"
	"time"
)

// Config says how to check.
type Config struct {
	Interval  time.Duration `json:"interval_ns"` // from the start of one check to the start of the next
	Timeout   time.Duration `json:"timeout_ns"`  // of one check
	Threshold int           `json:"threshold"`   // failures in a row that make it unhealthy
	Success   int           `json:"success"`     // successes in a row that make it healthy again
}

// Defaults fills what is zero: a check per second, out after three failures, back
// after two successes.
func (c Config) Defaults() Config {
	c.Interval = cmp.Or(c.Interval, time.Second)
	c.Timeout = cmp.Or(c.Timeout, 500*time.Millisecond)
	c.Threshold = cmp.Or(c.Threshold, 3)
	c.Success = cmp.Or(c.Success, 2)
	return c
}

// Worst is the longest time from a silent failure to the verdict: the failure
// comes just after a check, and the last check has to time out.
func (c Config) Worst() time.Duration {
	step := max(c.Interval, c.Timeout)
	return step*time.Duration(c.Threshold) + c.Timeout
}

// A State makes up its mind about one target. Its zero value knows nothing.
type State struct {
	known   bool
	healthy bool
	seen    bool // was healthy at least once
	against int  // results in a row that speak against the verdict
}

// Healthy says whether the target is known to be healthy.
func (s *State) Healthy() bool { return s.healthy }

// Seen says whether the target was ever healthy.
func (s *State) Seen() bool { return s.seen }

// Add takes in one result and says whether the verdict changed. A target that
// was never healthy is so at its first success.
func (s *State) Add(c Config, ok bool) (changed bool) {
	if s.known && ok == s.healthy {
		s.against = 0
		return false
	}
	s.against++
	if s.against < s.needed(c, ok) {
		return false
	}
	*s = State{known: true, healthy: ok, seen: s.seen || ok}
	return true
}

func (s *State) needed(c Config, ok bool) int {
	switch {
	case !ok:
		return c.Threshold
	case !s.seen:
		return 1
	default:
		return c.Success
	}
}
