package load

import (
	"sync/atomic"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/load/pace"
)

// A route is one vegeta attack on one grid.
type route struct {
	name     string
	pacer    *pace.Pacer
	attacker *vegeta.Attacker
	// What vegeta counted, and what the samples say.
	hits, hitsAnswered   atomic.Uint64
	samples, gotAnAnswer atomic.Uint64
}

func (r *route) count(s drill.Sample) {
	switch s.Class {
	case drill.OK, drill.HTTP5xx, drill.HTTP4xx, drill.HTTPOther, drill.Content, drill.LetIn:
		r.gotAnAnswer.Add(1)
	}
	r.samples.Add(1)
}

// drain takes vegeta's results at once, for its workers wait until they are
// taken. The samples say more; the results check them.
func (r *route) drain(results <-chan *vegeta.Result) {
	for res := range results {
		if res.Code != 0 {
			r.hitsAnswered.Add(1)
		}
		r.hits.Add(1)
	}
}

// landed says that every slot sent has a sample, and that vegeta is done with it.
func (r *route) landed() bool {
	sent := r.pacer.Counts().Sent
	return r.samples.Load() >= sent && r.hits.Load() >= sent
}

func (r *route) stats() RouteStats {
	return RouteStats{Counts: r.pacer.Counts(), Samples: r.samples.Load(), Answered: r.gotAnAnswer.Load(), VegetaAnswered: r.hitsAnswered.Load()}
}
