package runner

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/drillctl/drillctl/runtimes"
	"github.com/drillctl/drillctl/scenarios"
)

// NewPlan resolves a scenario on the nodes of its system: every choice is made
// by the seed, and nothing is touched. A selection that matches nobody is an
// error, never an empty step.
func NewPlan(sc *scenarios.Scenario, nodes []runtimes.Node, seed uint64) (Plan, error) {
	if sc.Seed != nil {
		seed = *sc.Seed
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	p := Plan{Spec: sc.Spec(), Seed: seed}
	if p.Spec.HealthInterval > 0 {
		p.Jitter = time.Duration(rng.Int64N(int64(p.Spec.HealthInterval)))
	}
	if a := sc.AbortIf; a != nil {
		p.AbortIf = &AbortIf{Success: float64(a.Success), For: time.Duration(a.For)}
	}
	for _, st := range sc.Steps {
		var err error
		if !st.Harms() {
			spec := &p.Spec.Actions[len(p.Actions)]
			if st.Action != nil && st.Action.In != nil {
				if spec.Targets, err = choose(*st.Action.In, nodes, rng); err != nil {
					return p, fmt.Errorf("%s.action.in: %w", spec.ID, err)
				}
			}
			p.Actions = append(p.Actions, Action{Spec: *spec})
			continue
		}
		i := len(p.Steps)
		s := Step{Spec: p.Spec.Steps[i], Kind: st.Kind, Fault: st.Damage}
		if st.Kind.Outside {
			p.outside(i, s)
			continue
		}
		if s.Targets, err = choose(st.On, nodes, rng); err != nil {
			return p, fmt.Errorf("%s.on: %w", s.Spec.ID, err)
		}
		if st.From != nil {
			if s.Peers, s.Groups, err = chooseOther(*st.From, nodes, rng); err != nil {
				return p, fmt.Errorf("%s.from: %w", s.Spec.ID, err)
			}
		}
		s.Spec.Targets = s.Targets
		s.Spec.Regions = regionsOf(s.Targets, nodes)
		s.Spec.TakesDown = st.TakesRegion()
		p.Spec.Steps[i] = s.Spec
		p.Steps = append(p.Steps, s)
	}
	slices.SortStableFunc(p.Steps, func(a, b Step) int { return int(a.Spec.At - b.Spec.At) })
	return p, p.safe(sc.System, nodes)
}

// outside adds a step whose damage is not done to instances.
func (p *Plan) outside(i int, s Step) {
	s.Targets = []string{runtimes.HostName}
	s.Spec.Targets = s.Targets
	p.Spec.Steps[i] = s.Spec
	p.Steps = append(p.Steps, s)
}

// choose applies a selector and its pick.
func choose(sel scenarios.Selector, nodes []runtimes.Node, rng *rand.Rand) ([]string, error) {
	var fit []string
	for _, n := range nodes {
		// The client measures: it is never hit.
		if n.Role != roleClient && sel.Match(n.Name, n.Region, n.Role, n.Labels) {
			fit = append(fit, n.Name)
		}
	}
	if len(fit) == 0 {
		return nil, fmt.Errorf("%w: %s matches nothing", runtimes.ErrNoInstance, sel)
	}
	return pick(sel.Pick, fit, rng)
}

// chooseOther is for the other side of links, which may be the clients, or groups of
// them by region: nothing is done to them.
func chooseOther(sel scenarios.Selector, nodes []runtimes.Node, rng *rand.Rand) (names, groups []string, err error) {
	if !slices.Equal(sel.Role, []string{roleClient}) {
		names, err = choose(sel, nodes, rng)
		return names, nil, err
	}
	for _, n := range nodes {
		if n.Role == roleClient && !slices.ContainsFunc(sel.Region, func(g string) bool { return len(n.Groups[g]) == 0 }) {
			names = append(names, n.Name)
		}
	}
	if len(names) == 0 {
		return nil, nil, fmt.Errorf("%w: %s matches nothing", runtimes.ErrNoInstance, sel)
	}
	return names, sel.Region, nil
}

const roleClient = "client"

func regionsOf(names []string, nodes []runtimes.Node) []string {
	var out []string
	for _, n := range nodes {
		if slices.Contains(names, n.Name) && !slices.Contains(out, n.Region) {
			out = append(out, n.Region)
		}
	}
	return out
}
