// Package forecast takes from a scenario or a stored run what predictions are made of.
package forecast

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/drill/predict"
	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/gateway"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/rundir"
	"github.com/drillctl/drillctl/scenarios"
)

// Scenario takes the settings of a scenario's system. A region counts as
// lost when all its gateways do, to a majority of the traffic managers, of
// which the lost region's own no longer counts.
func Scenario(sc *scenarios.Scenario) (reports.PredictionView, error) {
	g := sc.System.Gateway
	if g == nil {
		return reports.PredictionView{}, exit.Usagef("--interval, --timeout, --threshold and --ttl say how, without a scenario", "%s is about a system of your own: how that checks its health is not in it", sc.Name)
	}
	var data predict.Span
	data.Lower, data.Typical, data.Upper = gateway.LeaderMoves()
	return loss(sc, len(g.Regions)-1, data), nil
}

// doorsLost is that for the loss of a region's gateways and nothing else: then its
// traffic manager votes, too, and the data's writer stays.
func doorsLost(sc *scenarios.Scenario) reports.PredictionView {
	v := loss(sc, len(sc.System.Gateway.Regions), predict.Span{})
	v.Notes = append(v.Notes, "the region lost its gateways and nothing else: its own traffic manager votes, too, and its data need not move")
	return v
}

// loss is the prediction for as many traffic managers as are left, and for how long
// the data takes to have its next writer.
func loss(sc *scenarios.Scenario, views int, data predict.Span) reports.PredictionView {
	g := sc.System.Gateway
	v := reports.PredictionView{Name: sc.Name, Settings: predict.Settings{Interval: time.Duration(g.Health.Interval), Timeout: time.Duration(g.Health.Timeout),
		Threshold: g.Health.Threshold, TTL: time.Duration(g.TTL), Clients: sc.Load.ResolverSpec(), Data: data}}
	if g.Routing == gateway.Edge {
		v.Settings.TTL, views = 0, 1
		v.Notes = append(v.Notes, "without DNS there is no TTL; an edge gateway ejects on failed requests too, which is quicker than its checks")
	} else if len(g.Regions) < 2 {
		v.OneRegion = true
		return v
	}
	targets := 1
	for _, r := range g.Regions {
		if r.Name == sc.Primary() {
			targets = r.Gateways
		}
	}
	v.Settings.Phase = predict.Agreement(views, views/2+1, targets)
	return v
}

// Run takes the settings of a stored run, with what it measured.
func Run(root, name string) (reports.PredictionView, error) {
	dir, err := rundir.Find(root, name)
	if err != nil {
		return reports.PredictionView{}, exit.UsageError{Err: err, Hint: "'drillctl runs' lists them"}
	}
	src, err := os.ReadFile(dir.Path(rundir.Scenario))
	if err != nil {
		return reports.PredictionView{}, fmt.Errorf("run %s: %w", dir.ID, err)
	}
	sc, problems := scenarios.Parse(rundir.Scenario, src, faults.All())
	if len(problems) > 0 {
		return reports.PredictionView{}, fmt.Errorf("run %s: its scenario is not one of this drillctl: %s", dir.ID, problems[0])
	}
	rec, err := runner.Analyze(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return reports.PredictionView{}, exit.Hint(fmt.Errorf("run %s never finished: it measured nothing (%w)", dir.ID, exit.Reason(err)), "'drillctl runs' says which did")
	}
	if err != nil {
		return reports.PredictionView{}, err
	}
	v, err := Scenario(sc)
	if err != nil {
		return v, err
	}
	m, ok := predict.Of(rec, gatewaySteps(sc, rec)...)
	if m.DoorsOnly {
		v = doorsLost(sc)
	}
	v.Run, v.Slack = dir.ID, slack(v.Settings, rec)
	if !ok {
		return v, exit.Hint(fmt.Errorf("run %s took no whole region away, nor all gateways of one at once: there is no failover to compare", dir.ID), "a drill like region-blackhole or dns-geo does; after a stop gateways leave in order, and instances that are picked leave others")
	}
	v.Measured = &m
	return v, nil
}

// gatewaySteps are the ids of a run's steps that took all gateways of a region away.
func gatewaySteps(sc *scenarios.Scenario, rec drill.Record) []string {
	var ids []string
	for _, s := range rec.Spec.Steps {
		var i int
		if _, err := fmt.Sscanf(s.ID, "steps[%d]", &i); err == nil && i < len(sc.Steps) && sc.Steps[i].TakesGateways() {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// slack is how far a measured time may lie outside of the bounds: one check, and
// one slot of the load.
func slack(s predict.Settings, rec drill.Record) time.Duration {
	d := s.Interval
	if rate := rec.Spec.Load.ReadRate; rate > 0 {
		d += time.Duration(float64(time.Second) / rate)
	}
	return d
}
