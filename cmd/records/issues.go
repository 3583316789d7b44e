package records

import (
	"errors"
	"fmt"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/people"
	"github.com/drillctl/drillctl/runner/evidence"
	"github.com/drillctl/drillctl/runner/rundir"
)

// Issues are the findings of all runs that can be read; the error names those
// that cannot.
func Issues(root string) ([]people.Issue, error) {
	dirs, err := rundir.List(root)
	if err != nil {
		return nil, err
	}
	var all []people.Issue
	var records []drill.Record
	var missing []error
	for _, d := range dirs {
		rec, recErr := Of(d)
		entries, err := evidence.People(d)
		for _, err := range []error{recErr, err} {
			if err != nil {
				missing = append(missing, exit.Hint(fmt.Errorf("findings are missing: %w", err), "'drillctl verify' says what was changed"))
			}
		}
		if rec != nil {
			records = append(records, *rec)
		}
		all = append(all, people.Issues(d.ID, rec, entries)...)
	}
	people.Retests(all, records)
	people.Sort(all)
	return all, errors.Join(missing...)
}
