package cmd

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/records"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/atomicfile"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/reports/history"
	"github.com/drillctl/drillctl/reports/quarter"
	"github.com/drillctl/drillctl/runner/rundir"
)

func (o *historyOptions) checkChart() error {
	switch {
	case o.chart == "":
		return nil
	case o.trend == "":
		return exit.Usagef("--drill NAME --trend NUMBER", "--chart draws a trend")
	case !slices.Contains([]string{".svg", ".png"}, filepath.Ext(o.chart)):
		return exit.Usagef("end it with .svg or .png", "--chart: %s is no kind of picture that drillctl can draw", o.chart)
	}
	return nil
}

// draw writes the trend of the entries, newest first, into a file.
func (o *historyOptions) draw(root string, entries []history.Entry) error {
	var runs []quarter.Run
	for _, e := range slices.Backward(entries) {
		d := rundir.Dir{Root: root, ID: e.Run}
		rec, err := records.Of(d)
		if err != nil {
			return err
		}
		runs = append(runs, quarter.Run{ID: e.Run, Registered: e.Began, Scenario: drill.ScenarioRef{Name: e.Scenario}, Record: rec})
	}
	trends := quarter.Trends(runs, o.trend)
	if len(trends) == 0 {
		return exit.Usagef("'drillctl history' lists the runs", "nothing to draw: no run of %s has measured %s", o.filter.Drill, o.trend)
	}
	var b bytes.Buffer
	if err := reports.TrendChart(&b, strings.TrimPrefix(filepath.Ext(o.chart), "."), trends[0]); err != nil {
		return err
	}
	return atomicfile.Write(o.chart, b.Bytes())
}
