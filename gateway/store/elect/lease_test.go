package elect

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/raft"
)

// The lease counts from the sending of what a majority answered.
func TestProved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		at := func(ms int) time.Time { return began.Add(time.Duration(ms) * time.Millisecond) }
		w := &timedTransport{majority: 2, begun: map[raft.ServerID]time.Time{}} // of five voters
		if !w.proved(0).IsZero() {
			t.Error("proved before anybody answered")
		}
		w.note("b", 3, at(10))
		w.note("b", 3, at(20))
		if !w.proved(3).IsZero() {
			t.Error("one answer besides the own is no majority of five")
		}
		w.note("c", 3, at(5))
		if got := w.proved(3); got != at(5) {
			t.Errorf("proved %v, want the older of the two newest answers", got.Sub(began))
		}
		w.note("d", 3, at(15))
		w.note("d", 3, at(1)) // an answer that was overtaken
		if got := w.proved(3); got != at(15) {
			t.Errorf("proved %v, want 15ms", got.Sub(began))
		}
		w.note("e", 2, at(30)) // of a term long gone
		if got := w.proved(3); got != at(15) {
			t.Errorf("proved %v by an older term", got.Sub(began))
		}
		if !w.proved(4).IsZero() {
			t.Error("proved for a term that nobody answered in")
		}
		w.note("b", 4, at(40))
		if !w.proved(3).IsZero() || !w.proved(4).IsZero() {
			t.Error("a new term starts without any proof")
		}
	})
}

func TestProvedAlone(t *testing.T) {
	w := &timedTransport{}
	if time.Since(w.proved(1)) > time.Second {
		t.Error("a single voter needs nobody else")
	}
}

// What makes the lease safe.
func TestTimes(t *testing.T) {
	c := settings("x")
	if Lease >= c.HeartbeatTimeout || c.LeaderLeaseTimeout > Lease || c.HeartbeatTimeout/5+2*100*time.Millisecond > Lease {
		t.Errorf("lease %v, heartbeat timeout %v, raft's own lease %v", Lease, c.HeartbeatTimeout, c.LeaderLeaseTimeout)
	}
	if err := raft.ValidateConfig(c); err != nil {
		t.Error(err)
	}
}
