package proxy

import "time"

// leastShare is what an upstream gets at once when it comes back, as a part of
// what it would get: Envoy's min_weight_percent.
const leastShare = 0.1

// share is the part of its requests that an upstream is given: all, but for some
// time after it has come back, when it grows from leastShare in a line.
func (p *pool) share(u *upstream) float64 {
	if p.ramp <= 0 || u.since.IsZero() {
		return 1
	}
	age := time.Since(u.since)
	if age >= p.ramp {
		u.since = time.Time{}
		return 1
	}
	return max(leastShare, float64(age)/float64(p.ramp))
}
