package runner

import (
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// A drill of hours counts all of its requests, and keeps the latencies of a minute.
func TestCountersStaySmall(t *testing.T) {
	c, every := newCounters(time.Second), 5*time.Millisecond
	const n = 60_000 // 5 min
	for i := range n {
		at := time.Duration(i) * every
		c.add(drill.Sample{Class: drill.OK, Intended: at, Start: at, End: at + time.Millisecond})
	}
	kept := 0
	for _, b := range c.buckets {
		kept += len(b.latencies)
	}
	if kept > 13_000 {
		t.Errorf("%d latencies are kept", kept)
	}
	end := n * every
	if all, last := c.between(0, end), c.between(end-time.Second, end); all.good != n || last.good != 200 || last.p99 != time.Millisecond {
		t.Errorf("all %+v, the last second %+v", all, last)
	}
}
