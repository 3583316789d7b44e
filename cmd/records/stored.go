// Package records reads the run directories: one run, all of them by their index, a
// quarter of them, and what they have found.
package records

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/drillctl/drillctl/cmd/build"
	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/runner/rundir"
)

// Find is rundir.Find whose complaint says what to do.
func Find(root, name string) (rundir.Dir, error) {
	d, err := rundir.Find(root, name)
	if err != nil {
		return d, exit.UsageError{Err: err, Hint: "'drillctl runs' lists them"}
	}
	return d, nil
}

// Stored reads what name means: a file of records, or a run.
func Stored(root, name string) ([]drill.Record, error) {
	if st, err := os.Stat(name); err == nil && st.Mode().IsRegular() {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		recs, err := reports.ReadAll(f)
		if err != nil {
			return nil, exit.Usagef("'drillctl run --output json' writes such a file", "%s: %w", name, err)
		}
		return recs, nil
	}
	dir, err := rundir.Find(root, name)
	if err != nil {
		return nil, exit.UsageError{Err: err, Hint: "'drillctl runs' lists them"}
	}
	rec, err := storedRecord(dir)
	return []drill.Record{rec}, err
}

// storedRecord is a run as it was judged on its day.
func storedRecord(dir rundir.Dir) (drill.Record, error) {
	var rec drill.Record
	err := dir.ReadJSON(rundir.Record, &rec)
	if errors.Is(err, fs.ErrNotExist) {
		return rec, exit.Hint(fmt.Errorf("run %s never finished: there is nothing to tell (%w)", dir.ID, exit.Reason(err)), "'drillctl analyze "+dir.ID+"' judges what it left; 'drillctl runs' says which finished")
	}
	rec.Dir = dir.Path("")
	return rec, err
}

// Together puts stored runs into a suite, those of one scenario side by side.
func Together(recs []drill.Record) drill.Suite {
	var drills []drill.Drill
	at := map[string]int{}
	var began, ended time.Time
	for _, r := range recs {
		key := r.Scenario.Name + " " + r.Scenario.SHA256
		i, ok := at[key]
		if !ok {
			i = len(drills)
			at[key] = i
			drills = append(drills, drill.Drill{Scenario: r.Scenario, Title: r.Spec.Title})
		}
		drills[i].Runs = append(drills[i].Runs, r)
		if began.IsZero() || r.Began.Before(began) {
			began = r.Began
		}
		if r.Ended.After(ended) {
			ended = r.Ended
		}
	}
	var codes []int
	for i := range drills {
		drills[i].Judge()
		for _, r := range drills[i].Runs {
			codes = append(codes, exit.Code(exit.Verdict(r)))
		}
		drills[i].Exit = exit.Worst(codes[len(codes)-len(drills[i].Runs):]...)
	}
	return drill.NewSuite(build.Tool(), began, ended, exit.Worst(codes...), drills)
}
