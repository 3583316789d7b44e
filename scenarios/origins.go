package scenarios

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/drillctl/drillctl/drill"
)

// Origins are the regions that clients are near to: one, or several with their
// shares.
type Origins []Origin

// An Origin is one group of clients.
type Origin struct {
	Region string
	Share  Percent
}

// One is the region that all clients are near to, "" where there are several or
// none is named.
func (o Origins) One() string {
	if len(o) == 1 {
		return o[0].Region
	}
	return ""
}

// Several are the regions of more than one group, nil for one.
func (o Origins) Several() []string {
	if len(o) < 2 {
		return nil
	}
	return o.regions()
}

func (o Origins) regions() []string {
	var names []string
	for _, one := range o {
		names = append(names, one.Region)
	}
	return names
}

// origins takes a region, or regions with their shares.
func (d *decoder) origins(n *yaml.Node, v *Origins, path string) {
	switch {
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str":
		*v = Origins{{Region: n.Value, Share: 1}}
		return
	case n.Kind != yaml.MappingNode:
		d.errorf(n, path, "eu, or {us-east: 60%, eu: 40%}", "%s must be a region, or regions with their shares", last(path))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if !d.key(key, path, seen) {
			continue
		}
		one, at := Origin{Region: key.Value}, join(path, clip(key.Value))
		d.marks[at] = mark{max(1, key.Line), max(1, key.Column)}
		if key.ShortTag() != "!!str" {
			d.errorf(key, at, "", "%q cannot be the name of a region", clip(key.Value))
			continue
		}
		d.text(real(val), &one.Share, at)
		*v = append(*v, one)
	}
	if len(n.Content) == 0 {
		d.errorf(n, path, "name one, or leave the key out", "%s: an empty mapping says nothing", last(path))
	}
}

// encodeOrigins is origins the other way round.
func encodeOrigins(o Origins) *yaml.Node {
	if len(o) == 1 {
		return text(o[0].Region)
	}
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, one := range o {
		n.Content = append(n.Content, text(one.Region), text(one.Share.String()))
	}
	return n
}

// Resolver is how clients resolve names. The two keys together say how long an
// answer is used.
type Resolver struct {
	TTL     string   `yaml:"ttl" doc:"honour uses an answer for as long as it says; ignore for at-least, whatever it says: without at-least every connection asks" enum:"honour,ignore" default:"honour"`
	AtLeast Duration `yaml:"at-least" doc:"how long an answer is used at least, as runtimes and resolvers with a cache of their own do" min:"0s" max:"1h"`
}

// ResolverSpec is what judging and predicting need to know of the clients'
// resolver.
func (l Load) ResolverSpec() drill.ResolverSpec {
	r := l.Resolver
	if r == nil {
		return drill.ResolverSpec{}
	}
	return drill.ResolverSpec{IgnoreTTL: r.TTL == "ignore", AtLeast: r.AtLeast.std()}
}

// OriginTarget is what is wanted for the clients near one region.
type OriginTarget struct {
	From  string    `yaml:"from" doc:"the region, as in load.from" required:"true"`
	RTO   *Duration `yaml:"rto" doc:"start of the outage to recovery, as these clients see it, at most"`
	Avail *Percent  `yaml:"availability" doc:"share of their good requests from the fault to the end, at least"`
}

// originSpecs are the groups of clients, none where there is but one.
func (s *Scenario) originSpecs() []drill.OriginSpec {
	var out []drill.OriginSpec
	if s.Load.From.Several() == nil {
		return nil
	}
	for _, o := range s.Load.From {
		out = append(out, drill.OriginSpec{Region: o.Region, Share: float64(o.Share)})
	}
	return out
}

// originObjectives are the targets of the i-th group that is asked for.
func (s *Scenario) originObjectives(i int) []drill.Objective {
	t := s.Objectives.Origins[i]
	var out []drill.Objective
	add := func(key, metric string, op drill.Op, target float64, u drill.Unit) {
		out = append(out, drill.Objective{ID: "origins." + t.From + "." + key, Metric: drill.OriginMetric(metric, t.From), Op: op, Target: target, Unit: u,
			File: s.file, Line: s.marks[fmt.Sprintf("objectives.origins[%d].%s", i, key)].line})
	}
	if t.RTO != nil {
		add("rto", drill.MetricRTA, drill.AtMost, t.RTO.std().Seconds(), drill.Seconds)
	}
	if t.Avail != nil {
		add("availability", drill.MetricAvailability, drill.AtLeast, float64(*t.Avail), drill.Ratio)
	}
	return out
}
