package runner

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/runtimes"
)

// A Plan is a drill with nothing left open: every target picked, every time
// known. Making one touches nothing.
type Plan struct {
	Spec    drill.Spec // with targets filled in
	Steps   []Step     // by time
	Actions []Action   // beside them
	Seed    uint64
	Jitter  time.Duration // added to the steady phase, so that trials do not share one phase of the health checks
	AbortIf *AbortIf
}

// A Step is one fault at one time on chosen targets.
type Step struct {
	Spec    drill.StepSpec
	Kind    faults.Kind
	Fault   faults.Fault
	Targets []string
	Peers   []string // names; empty means everyone, or the client where it sends the damage
	Groups  []string // of the client among Peers the groups that are meant; none means all of it
}

// Others names the other side, for people: of a client the groups that are meant.
func (s Step) Others() []string {
	if len(s.Groups) == 0 {
		return s.Peers
	}
	var out []string
	for _, name := range s.Peers {
		out = append(out, name+" (clients near "+strings.Join(s.Groups, ", ")+")")
	}
	return out
}

// touches lists the instances that the step needs to be done.
func (s Step) touches() []string {
	if s.Kind.Sent {
		return slices.Concat(s.Targets, s.Peers)
	}
	return s.Targets
}

// AbortIf ends a drill that has gone too far.
type AbortIf struct {
	Success float64       // ratio below which it counts
	For     time.Duration // for this long
}

// End is when the last step should be over, from the start of the steps' clock.
func (p Plan) End() time.Duration {
	var end time.Duration
	for _, s := range p.Steps {
		end = max(end, s.Spec.At+s.Spec.For)
	}
	for _, a := range p.Actions { // how long they take nobody knows
		end = max(end, a.Spec.At)
	}
	return end
}

// Length is the drill from the steady phase to the end of the load.
func (p Plan) Length() time.Duration {
	return p.Spec.Steady.For + p.Jitter + p.End() + p.Spec.Settle
}

// Hit lists all instances that some step will touch.
func (p Plan) Hit() []string {
	var all []string
	for _, s := range p.Steps {
		all = append(all, s.Targets...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// targets opens a step's targets on the running system, with the addresses that
// verification will try.
func (p Plan) targets(s Step, rt runtimes.Runtime, running map[string]runtimes.Instance) ([]faults.Target, error) {
	power, _ := rt.(runtimes.PowerCutter)
	var out []faults.Target
	for _, name := range s.Targets {
		in, ok := running[name]
		if !ok {
			return nil, fmt.Errorf("%s: %w: %s", s.Spec.ID, runtimes.ErrNoInstance, name)
		}
		if s.Kind.Fits != nil {
			if err := s.Kind.Fits(in); err != nil {
				return nil, fmt.Errorf("%s: %s does not fit %s: %w", s.Spec.ID, s.Kind.Name, name, err)
			}
		}
		t := faults.Target{Instance: in, Power: power, Probe: p.probes(s, name, running)}
		if s.Kind.Sent {
			t.Senders = s.senders(running)
			out = append(out, t)
			continue
		}
		for _, peer := range s.Peers {
			if in, ok := running[peer]; ok {
				side, _ := s.sides(in.Node())
				t.Peers = append(t.Peers, side...)
			}
		}
		out = append(out, t)
	}
	return out, nil
}

// senders are the instances that send a step's traffic: those chosen, or the
// client's.
func (s Step) senders(running map[string]runtimes.Instance) []runtimes.Instance {
	var out []runtimes.Instance
	for _, name := range slices.Sorted(maps.Keys(running)) {
		chosen := slices.Contains(s.Peers, name)
		if len(s.Peers) == 0 {
			chosen = running[name].Node().Role == roleClient && name != runtimes.HostName
		}
		if chosen {
			out = append(out, running[name])
		}
	}
	return out
}

const (
	probePeers  = 3 // on the other side of a partition
	probeOthers = 2 // elsewhere
	closedPort  = 9 // refused is as good as accepted: the path is up
)
