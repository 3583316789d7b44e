package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/build"
	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/runner/rundir"
)

func newReport(env terminal.Env, set *settings) *cobra.Command {
	var out outputOptions
	c := &cobra.Command{
		Use:   "report RUN...",
		Short: "Write reports of stored runs",
		Long: `Write reports of stored runs as they were judged on their day. RUN is 'last', a
run's id or a part of it, the path of a run's directory, or a file of the json
format. Several are told as a suite. Nothing is judged, so the exit code says
only whether the reports were written; 'drillctl analyze' judges again.`,
		Example: `  drillctl report last --report markdown
  drillctl report last --report table,junit=junit.xml,csv=drill.csv
  drillctl report last --report otlp=http://localhost:4318   # a trace; of a run that died: analyze`,
		Args:              args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: completeRuns(set),
		RunE: func(c *cobra.Command, a []string) error {
			out.resolve(c, set)
			return runReport(env, set, a, out)
		},
	}
	out.flags(c)
	return c
}

func runReport(env terminal.Env, set *settings, names []string, o outputOptions) error {
	outs, err := o.parse()
	if err != nil {
		return err
	}
	root, err := set.stateDir()
	if err != nil {
		return err
	}
	var recs []drill.Record
	for _, name := range names {
		found, err := stored(root, name)
		if err != nil {
			return err
		}
		recs = append(recs, found...)
	}
	if len(recs) == 1 {
		return writeRecord(env, set, outs, recs[0])
	}
	if err := printable(outs, len(recs)); err != nil {
		return err
	}
	return writeSuite(env, set, outs, together(recs))
}

// stored reads what name means: a file of records, or a run.
func stored(root, name string) ([]drill.Record, error) {
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

// together puts stored runs into a suite, those of one scenario side by side.
func together(recs []drill.Record) drill.Suite {
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
