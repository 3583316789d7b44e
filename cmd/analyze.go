package cmd

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/build"
	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/outputs"
	"github.com/drillctl/drillctl/cmd/records"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/source"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner"
	"github.com/drillctl/drillctl/runner/rundir"
)

func newAnalyze(env terminal.Env, set *settings.Settings) *cobra.Command {
	var out outputs.Options
	var resolve func()
	var check bool
	var objectives string
	c := &cobra.Command{
		Use:   "analyze RUN",
		Short: "Judge a stored run again",
		Long: `Judge a stored run again from its log and samples. RUN is 'last', a run's id or a
part of it, or the path of a run's directory. The result is the same, byte for
byte, as long as drillctl is. A run that died is judged by what it left, torn
files included: inconclusive, and never a pass. With
--objectives it is judged by those of another scenario, and the stored record
stays as it is.

` + exit.Table,
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: completeRuns(set),
		RunE: func(c *cobra.Command, a []string) error {
			resolve()
			if check && objectives != "" {
				return exit.Usagef("judge by one of them", "--check and --objectives exclude each other")
			}
			return runAnalyze(env, set, a[0], out, check, objectives)
		},
	}
	resolve = addOutputs(c, set, &out)
	c.Flags().StringVar(&objectives, "objectives", "", "judge by the objectives of this scenario instead")
	c.Flags().BoolVar(&check, "check", false, "fail unless the stored record says the same, byte for byte")
	return c
}

func runAnalyze(env terminal.Env, set *settings.Settings, name string, o outputs.Options, check bool, objectives string) error {
	outs, err := o.Parse()
	if err != nil {
		return err
	}
	root, err := set.StateDir()
	if err != nil {
		return err
	}
	dir, err := rundir.Find(root, name)
	if err != nil {
		return exit.UsageError{Err: err, Hint: "'drillctl runs' lists them"}
	}
	if err := over(dir); err != nil {
		return err
	}
	rec, err := analyzed(env, dir, objectives)
	if errors.Is(err, fs.ErrNotExist) {
		return exit.Hint(fmt.Errorf("run %s never began: there is nothing to judge (%w)", dir.ID, exit.Reason(err)),
			"'drillctl runs' says which did")
	}
	if err != nil {
		return err
	}
	if check && rec.Outcome == runner.Unfinished {
		return exit.Hint(fmt.Errorf("run %s never finished: it has no record to compare with", dir.ID), "'drillctl analyze "+dir.ID+"' judges what it left")
	}
	if check {
		return checkStored(env, dir, rec)
	}
	rec.Dir = dir.Path("")
	return errors.Join(outputs.WriteRecord(env, set, outs, rec), exit.Verdict(rec))
}

// over is nil unless the run is still going on.
func over(dir rundir.Dir) error {
	if _, err := os.Stat(dir.Path(rundir.Record)); err == nil {
		return nil
	}
	unlock, err := dir.Lock()
	switch {
	case errors.Is(err, rundir.ErrLocked):
		return exit.Hint(err, "wait for it to end, or follow its events.jsonl")
	case errors.Is(err, fs.ErrPermission): // somebody else's archive: nobody works in it
		return nil
	case err != nil:
		return err
	}
	return unlock()
}

func analyzed(env terminal.Env, dir rundir.Dir, objectives string) (drill.Record, error) {
	if objectives != "" {
		sc, _, err := source.Load(env, objectives)
		if err != nil {
			return drill.Record{}, err
		}
		return records.JudgeBy(dir, sc, objectives)
	}
	return runner.Analyze(dir)
}

// checkStored compares a record with the one that the run wrote.
func checkStored(env terminal.Env, dir rundir.Dir, rec drill.Record) error {
	stored, err := os.ReadFile(dir.Path(rundir.Record))
	if err != nil {
		return fmt.Errorf("run %s: %w", dir.ID, err)
	}
	again, err := json.MarshalIndent(rec, "", "  ")
	if err != nil {
		return fmt.Errorf("run %s: %w", dir.ID, err)
	}
	if bytes.Equal(bytes.TrimSpace(stored), again) {
		_, err := fmt.Fprintf(env.Out, "%s: judged again, the record is the same byte for byte\n", dir.ID)
		return err
	}
	differs := fmt.Errorf("run %s: judged again, the record differs from the stored one", dir.ID)
	if rec.Tool.SHA256 != build.Digest(env.Exe) {
		return exit.Hint(differs, fmt.Sprintf("it was made by another drillctl, %s %.12s; only that one must agree", rec.Tool.Version, rec.Tool.SHA256))
	}
	return exit.Hint(differs, "its files were changed; manifest.json beside them says which")
}
