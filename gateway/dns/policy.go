package dns

import "slices"

// Failover answers the first healthy region in order of preference.
const Failover = "failover"

// A Candidate is a region and whether the traffic managers find it healthy.
type Candidate struct {
	Name    string
	Healthy bool
}

// A Policy chooses the regions to be answered. It is a pure function of the
// candidates, in order of preference, and of what is answered now (nothing at
// the start); what it returns is never empty.
type Policy interface {
	Choose(now []string, all []Candidate) []string
}

// policies is the list of policies by name.
func policies() map[string]Policy {
	return map[string]Policy{Failover: failover{}}
}

// Policies lists the names of the routing policies.
func Policies() []string { return []string{Failover} }

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

// never stays with the primary: the bug no-failover.
type never struct{}

func (never) Choose(_ []string, all []Candidate) []string { return []string{all[0].Name} }

// sticky leaves a region only when it is unhealthy: the bug no-failback.
type sticky struct{ Policy }

func (s sticky) Choose(now []string, all []Candidate) []string {
	fine := func(name string) bool { return slices.Contains(all, Candidate{Name: name, Healthy: true}) }
	if len(now) > 0 && slices.ContainsFunc(now, fine) {
		return now
	}
	return s.Policy.Choose(now, all)
}
