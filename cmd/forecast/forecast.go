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
	v := reports.PredictionView{Name: sc.Name, Settings: predict.Settings{
		Interval: time.Duration(g.Health.Interval), Timeout: time.Duration(g.Health.Timeout), Threshold: g.Health.Threshold, TTL: time.Duration(g.TTL), Clients: sc.Load.ResolverSpec()}}
	v.Settings.Data.Lower, v.Settings.Data.Typical, v.Settings.Data.Upper = gateway.LeaderMoves()
	views := len(g.Regions) - 1
	need := views/2 + 1
	if g.Routing == gateway.Edge {
		v.Settings.TTL, views, need = 0, 1, 1
		v.Notes = append(v.Notes, "without DNS there is no TTL; an edge gateway ejects on failed requests too, which is quicker than its checks")
	}
	if views <= 0 {
		v.Notes = append(v.Notes, "one region has nowhere to fail over to")
		return v, nil
	}
	targets := 1
	for _, r := range g.Regions {
		if r.Name == sc.Primary() {
			targets = r.Gateways
		}
	}
	v.Settings.Phase = predict.Agreement(views, need, targets)
	return v, nil
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
	v.Run, v.Slack = dir.ID, slack(v.Settings, rec)
	m, ok := predict.Of(rec)
	if !ok {
		return v, exit.Hint(fmt.Errorf("run %s took no whole region away: there is no failover to compare", dir.ID), "a drill like region-blackhole does")
	}
	v.Measured = &m
	return v, nil
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
