// Package drift writes down what a drill depends on, and compares it with what it was:
// before a run for its record, and for drills that are due.
package drift

import (
	"context"
	"strings"

	"github.com/drillctl/drillctl/cmd/source"
	"github.com/drillctl/drillctl/cmd/subject"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/rundir"
)

// Look takes a snapshot of the configuration, puts into the head of a record what
// it says, and returns it.
func Look(ctx context.Context, a source.Drill, on subject.Subject, root string, head *drill.Record) (drill.Configuration, error) {
	now, err := Configuration(ctx, a, on, root, head.Environment)
	if err != nil {
		return now, err
	}
	was, run, err := lastConfiguration(root, a.Scenario.Name)
	if err != nil {
		return now, err
	}
	drift := drill.CompareDrift(now, was, run, a.Scenario.Drift.Ignore)
	head.Drift, head.Fingerprint, head.SystemFingerprint = &drift, now.Fingerprint(), now.System()
	return now, nil
}

// lastConfiguration is the snapshot of the newest drill of a scenario that came to
// its end, nil when there is none.
func lastConfiguration(root, scenario string) (*drill.Configuration, string, error) {
	dirs, err := rundir.List(root)
	if err != nil {
		return nil, "", err
	}
	for i := len(dirs) - 1; i >= 0; i-- {
		d := dirs[i]
		var head drill.Record
		if !strings.Contains(d.ID, scenario) || d.ReadJSON(rundir.Head, &head) != nil || head.Scenario.Name != scenario || head.Outcome == runner.Unfinished {
			continue
		}
		if c, err := configurationOf(d); err == nil {
			return c, d.ID, nil
		}
	}
	return nil, "", nil
}

// configurationOf is the snapshot of a run.
func configurationOf(d rundir.Dir) (*drill.Configuration, error) {
	var c drill.Configuration
	if err := d.ReadJSON(rundir.Configuration, &c); err != nil {
		return nil, err
	}
	return &c, nil
}
