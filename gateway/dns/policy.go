package dns

import (
	"slices"
	"time"
)

// The routing policies.
const (
	Failover = "failover" // the first healthy region in order of preference
	Latency  = "latency"  // the healthy region with the shortest answers, as seen from the client's
	Geo      = "geo"      // the client's own region while it is healthy
	Weighted = "weighted" // all healthy regions, each in its share of answers
)

// A Candidate is a region as it looks to a client.
type Candidate struct {
	Name    string
	Healthy bool          // as the traffic managers find it
	Near    bool          // the client's own
	Latency time.Duration // of its gateways' answers to checks from the client's region; 0 is unknown
	Weight  int           // 0 is out of the draw while others are healthy
}

// A Policy chooses the regions to be answered. It is a pure function of the
// candidates, in order of preference, and of what is answered now (nothing at
// the start); what it returns is never empty.
type Policy interface {
	Choose(now []string, all []Candidate) []string
}

// policies is the list of policies by name.
func policies() map[string]Policy {
	return map[string]Policy{Failover: failover{}, Latency: latency{}, Geo: geo{}, Weighted: weighted{}}
}

// Policies lists the names of the routing policies.
func Policies() []string { return []string{Failover, Latency, Geo, Weighted} }

// local says that a policy answers clients of different regions differently.
func local(policy string) bool { return policy == Latency || policy == Geo }

// failover takes the first healthy region. When none is healthy it takes the
// primary, whatever its state: perhaps it is the checks that are wrong.
type failover struct{}

func (failover) Choose(_ []string, all []Candidate) []string {
	for _, c := range all {
		if c.Healthy {
			return []string{c.Name}
		}
	}
	return []string{all[0].Name}
}

// geo takes the client's own region, and the first healthy one without it.
type geo struct{}

func (geo) Choose(now []string, all []Candidate) []string {
	for _, c := range all {
		if c.Near && c.Healthy {
			return []string{c.Name}
		}
	}
	return failover{}.Choose(now, all)
}

// margin is by how much another region must be nearer to be worth a move:
// checks of a busy machine differ by some milliseconds.
func margin(best time.Duration) time.Duration { return max(20*time.Millisecond, best/4) }

// latency takes the healthy region whose answers come soonest. Of those that are
// as good it stays with what is answered now, and at the start takes the
// client's own.
type latency struct{}

func (latency) Choose(now []string, all []Candidate) []string {
	var known []Candidate
	for _, c := range all {
		if c.Healthy && c.Latency > 0 {
			known = append(known, c)
		}
	}
	if len(known) == 0 {
		return geo{}.Choose(now, all)
	}
	best := slices.MinFunc(known, func(a, b Candidate) int { return int(a.Latency - b.Latency) })
	choice, merit := best.Name, -1
	for _, c := range known {
		if m := prefer(c, now); c.Latency <= best.Latency+margin(best.Latency) && m > merit {
			choice, merit = c.Name, m
		}
	}
	return []string{choice}
}

// prefer ranks regions that are equally near.
func prefer(c Candidate, now []string) int {
	switch {
	case c.Near:
		return 2 // also on the way back: nobody should stay abroad for nothing
	case slices.Contains(now, c.Name):
		return 1
	default:
		return 0
	}
}

// weighted takes all that are healthy and have a weight; every answer is a draw
// among them (see draw). Those without weight are the last resort, as at Route 53.
type weighted struct{}

func (weighted) Choose(_ []string, all []Candidate) []string {
	for _, may := range []func(Candidate) bool{
		func(c Candidate) bool { return c.Healthy && c.Weight > 0 },
		func(c Candidate) bool { return c.Healthy },
		func(c Candidate) bool { return c.Weight > 0 },
	} {
		var some []string
		for _, c := range all {
			if may(c) {
				some = append(some, c.Name)
			}
		}
		if len(some) > 0 {
			return some
		}
	}
	return []string{all[0].Name}
}

// never takes every region for healthy: the bug no-failover.
type never struct{ Policy }

func (n never) Choose(now []string, all []Candidate) []string {
	all = slices.Clone(all)
	for i := range all {
		all[i].Healthy = true
	}
	return n.Policy.Choose(now, all)
}

// sticky leaves a region only when it is unhealthy: the bug no-failback.
type sticky struct{ Policy }

func (s sticky) Choose(now []string, all []Candidate) []string {
	fine := func(c Candidate) bool { return c.Healthy && slices.Contains(now, c.Name) }
	if slices.ContainsFunc(all, fine) {
		return now
	}
	return s.Policy.Choose(now, all)
}
