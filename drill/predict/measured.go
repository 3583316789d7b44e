package predict

import (
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// Measured is what a drill saw of what is predicted. A time that it did not see
// is not Known.
type Measured struct {
	Loss   string `json:"loss"` // how the region was lost
	Region string `json:"region"`
	// DoorsOnly says that the region lost its gateways and nothing else: its data
	// need not move, and its traffic manager has a say.
	DoorsOnly bool          `json:"doors_only,omitempty"`
	Detection drill.Reading `json:"detection"`
	Failover  drill.Reading `json:"failover"`
}

// refusing are the faults after which connections are refused at once.
var refusing = []string{"power-loss", "kill", "crash", "stop", "reset"}

// Of takes from a record the first step that takes a whole region away, or of
// those of the ids doors all its gateways: its detection is the first answer of the
// traffic managers without that region.
func Of(rec drill.Record, doors ...string) (Measured, bool) {
	for _, f := range rec.Analysis.Faults {
		door := slices.Contains(doors, f.Step.ID)
		if !f.Step.TakesDown && !door || !f.IsInForce || len(f.Step.Regions) == 0 {
			continue
		}
		m := Measured{DoorsOnly: door, Loss: Silent, Region: f.Step.Regions[0], Failover: rec.Analysis.Reading(drill.MetricFailover)}
		if slices.Contains(refusing, f.Step.Fault) {
			m.Loss = Refused
		}
		m.Detection = rerouted(rec, f, m.Region)
		return m, true
	}
	return Measured{}, false
}

func rerouted(rec drill.Record, f drill.FaultReport, region string) drill.Reading {
	r := drill.Reading{Metric: drill.MetricDetect, Unit: drill.Seconds, Clock: "fault in force (t_inj) to the first answer without the region",
		Why: "no traffic manager answered without the region"}
	for _, e := range rec.Timeline {
		from, to := strings.Split(e.Data["from"], ","), strings.Split(e.Data["to"], ",")
		if e.Kind != drill.KindRoute || e.At < f.InForce || f.IsGone && e.At > f.Gone || !slices.Contains(from, region) || slices.Contains(to, region) {
			continue
		}
		v := (e.At - f.InForce).Seconds()
		r.Value, r.Low, r.High, r.Known, r.Why, r.From = v, v, v, true, "", []uint64{e.Seq}
		return r
	}
	return r
}

// Agrees says whether a reading lies within the bounds, give or take slack.
func (s Span) Agrees(r drill.Reading, slack time.Duration) bool {
	if !r.Known || r.Censored {
		return false
	}
	off := s.Off(time.Duration(r.Value * float64(time.Second)))
	return -slack <= off && off <= slack
}
