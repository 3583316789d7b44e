package cmd

import (
	"errors"
	"io/fs"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/people"
	"github.com/drillctl/drillctl/runner/evidence"
	"github.com/drillctl/drillctl/runner/rundir"
)

func peopleOf(set *settings, name string) (rundir.Dir, []people.Entry, error) {
	root, err := set.stateDir()
	if err != nil {
		return rundir.Dir{}, nil, err
	}
	d, err := findRun(root, name)
	if err != nil {
		return d, nil, err
	}
	entries, err := evidence.People(d)
	return d, entries, err
}

// recordOf is a run's record, nil when it never finished.
func recordOf(d rundir.Dir) (*drill.Record, error) {
	var rec drill.Record
	err := d.ReadJSON(rundir.Record, &rec)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return &rec, err
}
