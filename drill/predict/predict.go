// Package predict works out, from settings alone, how long it takes until a lost
// region is noticed and until clients are served elsewhere: the bounds that a
// measured failover is held against.
//
// The derivation. A checker begins a check every interval I, each of at most a
// timeout T; N failures in a row are its verdict. A loss comes at any moment of
// the rhythm, so the first check that fails begins u after it, 0 < u ≤ I, all
// alike likely. The N-th begins (N-1)·I later. When the loss is silent (a
// blackhole), it fails T after that; when connections are refused (a power loss
// of which the network tells), at once:
//
//	silent   detection = u + (N-1)·I + T
//	refused  detection = u + (N-1)·I
//
// Where T is longer than I, checks are T apart and I is T. Clients hold an
// answer of DNS for what is left of its TTL, v with 0 ≤ v ≤ TTL, all alike likely:
//
//	failover = detection + v
//
// The typical v is half of the TTL. Clients that keep answers for another time than
// the TTL, because they have a cache of their own or ask for every connection,
// have that time in its place. The typical u is half of an interval for one
// checker; of several that have to agree it is the expectation of the last one
// needed (see Agreement).
//
// Where requests need data that has one writer, it has to move too, which takes
// what Data says, whatever the checks do:
//
//	failover ≥ Data
//
// What no setting tells is not in it: connections that are kept to a dead address,
// and a server whose configuration is slow to spread.
//
// Sources: Amazon Route 53, "How Route 53 determines whether a health check is
// healthy", and "Best practices for failover": interval × threshold + TTL is the
// rule of thumb, and it is the upper bound here but for T.
package predict

import (
	"math"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// Settings are what decides how fast a failover is.
type Settings struct {
	Interval  time.Duration `json:"interval_ns"`   // from the start of one check to that of the next
	Timeout   time.Duration `json:"timeout_ns"`    // of one check
	Threshold int           `json:"threshold"`     // failures in a row
	TTL       time.Duration `json:"ttl_ns"`        // of the answer; 0 where no DNS is in the way
	Phase     float64       `json:"phase"`         // the typical u, as a share of the interval; 0 counts as one half
	Data      Span          `json:"data,omitzero"` // until the data has its next writer; zero where requests need none
	// Clients is what they make of the TTL; the zero value honours it.
	Clients drill.ResolverSpec `json:"clients,omitzero"`
}

// Kept is how long clients use an answer of DNS.
func (s Settings) Kept() time.Duration { return s.Clients.Keeps(s.TTL) }

// A Span is a time that depends on chance, with its bounds.
type Span struct {
	Lower   time.Duration `json:"lower_ns"`
	Typical time.Duration `json:"typical_ns"`
	Upper   time.Duration `json:"upper_ns"`
}

// The ways in which a region can be lost, as its checkers see them.
const (
	Silent  = "silent"  // no answer at all: a blackhole, a partition
	Refused = "refused" // connections are refused or reset: its processes are gone
)

// A Bound is what settings allow for one way to be lost.
type Bound struct {
	Loss      string `json:"loss"`
	Detection Span   `json:"detection"` // the loss to the verdict of the checkers
	// Failover is the loss to the first request from which on clients are served; the
	// zero Span where there is nowhere to go.
	Failover Span `json:"failover,omitzero"`
}

// Predict gives the bounds for both ways to be lost, the silent one first.
func Predict(s Settings) []Bound {
	return []Bound{s.bound(Silent), s.bound(Refused)}
}

func (s Settings) bound(loss string) Bound {
	step, last := s.Interval, time.Duration(0)
	if loss == Silent {
		step, last = max(s.Interval, s.Timeout), s.Timeout
	}
	phase := s.Phase
	if phase == 0 {
		phase = 0.5
	}
	certain := time.Duration(max(0, s.Threshold-1))*step + last
	d := Span{Lower: certain, Typical: certain + time.Duration(phase*float64(step)), Upper: certain + step}
	return Bound{Loss: loss, Detection: d, Failover: s.withData(Span{Lower: d.Lower, Typical: d.Typical + s.Kept()/2, Upper: d.Upper + s.Kept()})}
}

// withData is a failover of the traffic that has to wait for the data's, too.
func (s Settings) withData(f Span) Span {
	return Span{Lower: max(f.Lower, s.Data.Lower), Typical: max(f.Typical, s.Data.Typical), Upper: max(f.Upper, s.Data.Upper)}
}

// Off says how far a measured time lies outside of the bounds, 0 within them:
// below zero when it was quicker than the lower one.
func (s Span) Off(measured time.Duration) time.Duration {
	switch {
	case measured < s.Lower:
		return measured - s.Lower
	case measured > s.Upper:
		return measured - s.Upper
	default:
		return 0
	}
}

// Agreement is the typical phase, as a share of the interval, where each of
// targets must be found lost by need of views independent checkers: the
// expectation of the largest, over the targets, of the need-th smallest of views
// uniform numbers. One checker of one target gives 1/2; two of two, of two
// targets, 4/5.
func Agreement(views, need, targets int) float64 {
	const steps = 2000
	sum := 0.0
	for i := range steps {
		x := (float64(i) + 0.5) / steps
		sum += 1 - math.Pow(atLeast(views, need, x), float64(targets))
	}
	return sum / steps
}

// atLeast is the probability that need of n uniform numbers are below x.
func atLeast(n, need int, x float64) float64 {
	p := 0.0
	for k := need; k <= n; k++ {
		p += choose(n, k) * math.Pow(x, float64(k)) * math.Pow(1-x, float64(n-k))
	}
	return p
}

func choose(n, k int) float64 {
	c := 1.0
	for i := range k {
		c = c * float64(n-i) / float64(i+1)
	}
	return c
}
