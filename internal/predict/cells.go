package main

import (
	"fmt"
	"time"

	"github.com/drillctl/drillctl/drill/predict"
	"github.com/drillctl/drillctl/gateway"
)

// rate is the reads per second of every cell.
const rate = 100

// A cell is one point of the grid.
type cell struct {
	fault    string
	settings predict.Settings
}

// cells is the grid.
func cells() []cell {
	var all []cell
	for _, fault := range []string{"blackhole", "power-loss"} {
		for _, interval := range []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second} {
			for _, threshold := range []int{1, 2, 3, 5} {
				for _, ttl := range []time.Duration{time.Second, 3 * time.Second} {
					all = append(all, cell{fault: fault, settings: predict.Settings{Interval: interval, Timeout: interval / 2,
						Threshold: threshold, TTL: ttl, Phase: predict.Agreement(2, 2, 2), Data: moves()}})
				}
			}
		}
	}
	return all
}

// moves is how long the bundled store takes to find its next writer.
func moves() predict.Span {
	lower, typical, upper := gateway.LeaderMoves()
	return predict.Span{Lower: lower, Typical: typical, Upper: upper}
}

// bound is that of the cell's kind of loss.
func (c cell) bound() predict.Bound {
	b := predict.Predict(c.settings)
	if c.fault == "power-loss" {
		return b[1]
	}
	return b[0]
}

func (c cell) String() string {
	s, f := c.settings, c.bound().Failover
	return fmt.Sprintf("%-10s %-8s %-8s %-4d %-5s  %5.2fs < %5.2fs < %5.2fs ", c.fault, s.Interval, s.Timeout, s.Threshold, s.TTL,
		f.Lower.Seconds(), f.Typical.Seconds(), f.Upper.Seconds())
}

// scenario is the cell as a drill. The fault lasts until the slowest failover
// has held.
func (c cell) scenario() string {
	const hold = 3 * time.Second
	last := (c.bound().Failover.Upper + c.settings.Interval + hold + 2*time.Second).Round(time.Second)
	return fmt.Sprintf(`apiVersion: drillctl/v1
name: predicted
system:
  gateway:
    regions: {us-east: {role: primary}, us-west: {}, eu: {}}
    routing: failover
    health: {interval: %s, timeout: %s, threshold: %d}
    ttl: %s
load: {rate: %d/s, writes: 20/s, timeout: 1s, deadline: 800ms}
steady: {for: 3s, success: 99%%}
hold: %s
steps:
  - {at: 1s, fault: %s, on: {region: us-east}, for: %s}
settle: 5s
objectives: {failover: %s}
`, c.settings.Interval, c.settings.Timeout, c.settings.Threshold, c.settings.TTL, rate, hold, c.fault, last, last)
}
