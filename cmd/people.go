package cmd

import (
	"github.com/drillctl/drillctl/cmd/records"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/reports/people"
	"github.com/drillctl/drillctl/runner/evidence"
	"github.com/drillctl/drillctl/runner/rundir"
)

func peopleOf(set *settings.Settings, name string) (rundir.Dir, []people.Entry, error) {
	root, err := set.StateDir()
	if err != nil {
		return rundir.Dir{}, nil, err
	}
	d, err := records.Find(root, name)
	if err != nil {
		return d, nil, err
	}
	entries, err := evidence.People(d)
	return d, entries, err
}
