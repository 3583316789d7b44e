package suite

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/live"
	"github.com/drillctl/drillctl/runner"
)

func liveState(s runner.State) live.State {
	return live.State{Phase: s.Phase, Elapsed: s.Elapsed, Total: s.Total, Rate: s.Rate, Success: s.Success, P99: s.P99, ByRegion: s.ByRegion, Faults: s.Faults}
}

// toldKinds are the events that whoever watches wants to see as they happen.
var toldKinds = []drill.Kind{
	drill.KindFaultFired, drill.KindFaultApplied, drill.KindFaultUnproved, drill.KindFaultReverted, drill.KindFaultStuck,
	drill.KindFaultLost, drill.KindActionBegan, drill.KindActionDone, drill.KindActionFailed, drill.KindRoute, drill.KindLeader, drill.KindAlert, drill.KindMonitoring, drill.KindAbort, drill.KindInterrupt,
}

// tellEvent prints an event as a line above the live view.
func tellEvent(v *live.View, e drill.Event) {
	if !slices.Contains(toldKinds, e.Kind) || e.At < 0 || e.Data["to"] == drill.SourceLeft {
		return
	}
	v.Line(fmt.Sprintf("%8s  %s", e.At.Round(10*time.Millisecond), sentence(e)))
}

func sentence(e drill.Event) string {
	switch e.Kind {
	case drill.KindFaultFired:
		return "firing: " + e.Note
	case drill.KindFaultApplied:
		return "in force: " + e.Note
	case drill.KindFaultUnproved:
		return "NOT PROVED: " + e.Note
	case drill.KindFaultReverted:
		return "taken back: " + e.Note
	case drill.KindFaultStuck:
		return "STUCK: " + e.Note
	case drill.KindFaultLost:
		return "NOT IN FORCE ANY MORE: " + e.Note
	case drill.KindActionBegan:
		return "began: " + e.Note
	case drill.KindActionDone:
		return fmt.Sprintf("done after %s: %s", e.Took.Round(10*time.Millisecond), e.Note)
	case drill.KindActionFailed:
		return "FAILED: " + e.Note
	case drill.KindRoute:
		return fmt.Sprintf("%s now answers %s for %s", e.Data["by"], e.Data["to"], e.Subject)
	case drill.KindLeader:
		return fmt.Sprintf("%s: %s (epoch %s)", e.Subject, e.Data["to"], e.Data["epoch"])
	case drill.KindAlert:
		return fmt.Sprintf("alert %s: %s", e.Subject, e.Data["to"])
	case drill.KindMonitoring:
		return strings.TrimSuffix(fmt.Sprintf("monitoring, %s: %s: %s", e.Subject, e.Data["to"], e.Note), ": ")
	}
	return string(e.Kind) + ": " + e.Note
}
