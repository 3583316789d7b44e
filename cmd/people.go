package cmd

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/reports/people"
	"github.com/drillctl/drillctl/runner/evidence"
	"github.com/drillctl/drillctl/runner/rundir"
)

func newNote(env Env, set *settings) *cobra.Command {
	var e people.Entry
	var finding bool
	c := &cobra.Command{
		Use:   "note RUN TEXT",
		Short: "Add a note or a finding to a run",
		Long: `Add a note to a run, or with --finding something that has to be mended. Notes are
part of the evidence: 'drillctl verify' finds any that was changed or removed.

A missed objective for which nobody writes a finding is carried as an open one in
'drillctl findings' and in the quarterly report.`,
		Example: `  drillctl note last "the pager rang after 40 s" --by Ada
  drillctl note last "checks are too slow" --finding --severity high --owner Ada --due 2027-01-31 --objective rto`,
		Args:              args(cobra.ExactArgs(2)),
		ValidArgsFunction: completeRuns(set),
		RunE: func(c *cobra.Command, a []string) error {
			e.Kind, e.Text, e.At = people.Note, strings.TrimSpace(a[1]), time.Now().UTC()
			if finding {
				e.Kind = people.Finding
			}
			if err := checkNote(&e, finding); err != nil {
				return err
			}
			return runNote(env, set, a[0], e)
		},
	}
	f := c.Flags()
	f.BoolVar(&finding, "finding", false, "it has to be mended")
	f.StringVar(&e.Severity, "severity", "", "of a finding: "+strings.Join(people.Severities, ", ")+" (default medium)")
	f.StringVar(&e.Owner, "owner", "", "who mends it")
	f.StringVar(&e.Due, "due", "", "until when, as 2027-01-31 (default by severity: 30, 60, 90 or 180 days)")
	f.StringVar(&e.Objective, "objective", "", "the objective that it is about")
	f.StringVar(&e.Affects, "affects", "", "the clause or the section of the plan that it is about")
	f.StringVar(&e.Ticket, "ticket", "", "where it is tracked")
	f.StringVar(&e.By, "by", "", "who says so")
	return c
}

// checkNote fills in what a finding needs and refuses what makes no sense.
func checkNote(e *people.Entry, finding bool) error {
	if e.Text == "" {
		return usagef("", "a note needs a text")
	}
	if !finding {
		if e.Severity+e.Owner+e.Due+e.Objective+e.Affects+e.Ticket != "" {
			return usagef("add --finding", "--severity, --owner, --due, --objective, --affects and --ticket are for findings")
		}
		return nil
	}
	if e.Severity == "" {
		e.Severity = "medium"
	}
	if err := people.KnownSeverity(e.Severity); err != nil {
		return usageError{err: err}
	}
	if e.Due == "" {
		e.Due = e.At.AddDate(0, 0, people.DueAfter[e.Severity]).Format(time.DateOnly)
	}
	if _, err := time.Parse(time.DateOnly, e.Due); err != nil {
		return usagef("write it like 2027-01-31", "--due: %q is not a date", e.Due)
	}
	return nil
}

func runNote(env Env, set *settings, name string, e people.Entry) error {
	d, entries, err := peopleOf(set, name)
	if err != nil {
		return err
	}
	if e.Kind == people.Finding {
		e.ID = people.NewID(entries)
		if err := knownObjective(d, e.Objective); err != nil {
			return err
		}
	}
	if e, err = evidence.Add(d, e, nil); err != nil {
		return err
	}
	if e.Kind == people.Finding {
		_, err = fmt.Fprintf(env.Out, "%s %s: %s, due %s\n", d.ID, e.ID, e.Severity, e.Due)
		return err
	}
	_, err = fmt.Fprintf(env.Out, "%s: noted\n", d.ID)
	return err
}

// knownObjective refuses an objective that the run did not have.
func knownObjective(d rundir.Dir, id string) error {
	a, err := d.ReadAttempt()
	if err != nil || id == "" {
		return err
	}
	var ids []string
	for _, o := range a.Objectives {
		ids = append(ids, o.ID)
	}
	if !slices.Contains(ids, id) {
		return usagef("it has "+strings.Join(ids, ", "), "run %s has no objective %q", d.ID, id)
	}
	return nil
}

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

func newSign(env Env, set *settings) *cobra.Command {
	var e people.Entry
	var path string
	c := &cobra.Command{
		Use:   "sign RUN",
		Short: "Sign a run off, by name and role",
		Long: `Sign a run off: that somebody has seen and accepted it. With --key, or a
signing-key in drillctl.yaml, the sign-off and the run's in-toto statement are
signed with that Ed25519 key, too; 'drillctl verify --key' checks it.

A signature shows that a key was used, not by whom. Whoever approves a drill
should not be the one who ran it: the quarterly report says when they are.`,
		Example:           `  drillctl sign last --name "Grace Hopper" --role CISO --key grace.key`,
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: completeRuns(set),
		RunE: func(_ *cobra.Command, a []string) error {
			if strings.TrimSpace(e.By) == "" || strings.TrimSpace(e.Role) == "" {
				return usagef("--name NAME --role ROLE", "a signature needs a name and a role")
			}
			key, err := keyOf(set, path)
			if err != nil {
				return err
			}
			return runSign(env, set, a[0], e, key)
		},
	}
	c.Flags().StringVar(&e.By, "name", "", "who signs")
	c.Flags().StringVar(&e.Role, "role", "", "as what")
	c.Flags().StringVar(&path, "key", "", "private key as PEM (default: signing-key of the settings, if there is one)")
	return c
}

func keyOf(set *settings, path string) (ed25519.PrivateKey, error) {
	if path != "" {
		return readPrivateKey(path)
	}
	return set.signingKey()
}

func runSign(env Env, set *settings, name string, e people.Entry, key ed25519.PrivateKey) error {
	d, _, err := peopleOf(set, name)
	if err != nil {
		return err
	}
	if !d.Sealed() {
		return hinted{fmt.Errorf("run %s never finished: there is nothing to sign", d.ID), "'drillctl note' can say why"}
	}
	e.Kind, e.At = people.Signature, time.Now().UTC()
	if _, err := evidence.Add(d, e, key); err != nil {
		return err
	}
	if key != nil {
		if err := evidence.Sign(d, key, e.At); err != nil {
			return err
		}
	}
	how := "without a key"
	if key != nil {
		how = "with key " + evidence.KeyID(key.Public().(ed25519.PublicKey))
	}
	_, err = fmt.Fprintf(env.Out, "%s: signed by %s, %s, %s\n", d.ID, e.By, e.Role, how)
	return err
}

func newFindings(env Env, set *settings) *cobra.Command {
	var open, asJSON bool
	c := &cobra.Command{
		Use:   "findings",
		Short: "List what drills have found, or close it",
		Long: `List the findings of all runs: those that people wrote, and one for each missed
objective for which nobody did. A later run that meets the objective is named as
a retest; it closes nothing.`,
		Args: args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			root, err := set.stateDir()
			if err != nil {
				return err
			}
			all, err := issuesOf(root)
			if err != nil {
				return err
			}
			if open {
				all = slices.DeleteFunc(all, func(i people.Issue) bool { return i.Status != people.Open })
			}
			if asJSON {
				return writeJSON(env.Out, append([]people.Issue{}, all...))
			}
			return reports.Findings(env.Out, all, time.Now(), set.tableOptions(env))
		},
	}
	c.Flags().BoolVar(&open, "open", false, "only open ones")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.AddCommand(newClose(env, set))
	return c
}

func newClose(env Env, set *settings) *cobra.Command {
	var e people.Entry
	c := &cobra.Command{
		Use:               "close RUN FINDING",
		Short:             "Close a finding",
		Example:           `  drillctl findings close last F1 --by Grace --reason "checks every second; retested"`,
		Args:              args(cobra.ExactArgs(2)),
		ValidArgsFunction: completeRuns(set),
		RunE: func(_ *cobra.Command, a []string) error {
			if strings.TrimSpace(e.By) == "" {
				return usagef("--by NAME", "somebody has to close it")
			}
			d, entries, err := peopleOf(set, a[0])
			if err != nil {
				return err
			}
			rec, err := recordOf(d)
			if err != nil {
				return err
			}
			all := people.Issues(d.ID, rec, entries)
			i := slices.IndexFunc(all, func(f people.Issue) bool { return f.ID == a[1] })
			switch {
			case i < 0:
				return usagef("'drillctl findings' lists them", "run %s has no finding %q", d.ID, a[1])
			case all[i].Status == people.Closed:
				return usagef("", "%s of run %s is closed already, by %s", a[1], d.ID, all[i].ClosedBy)
			}
			e.Kind, e.ID, e.At = people.Close, a[1], time.Now().UTC()
			if _, err := evidence.Add(d, e, nil); err != nil {
				return err
			}
			_, err = fmt.Fprintf(env.Out, "%s %s: closed by %s\n", d.ID, e.ID, e.By)
			return err
		},
	}
	c.Flags().StringVar(&e.By, "by", "", "who closes it; better not its owner")
	c.Flags().StringVar(&e.Text, "reason", "", "what was done, or why it is accepted")
	return c
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

func issuesOf(root string) ([]people.Issue, error) {
	dirs, err := rundir.List(root)
	if err != nil {
		return nil, err
	}
	var all []people.Issue
	var records []drill.Record
	for _, d := range dirs {
		rec, err := recordOf(d)
		if err != nil {
			return nil, err
		}
		entries, err := evidence.People(d)
		if err != nil {
			return nil, err
		}
		if rec != nil {
			rec.Timeline = nil
			records = append(records, *rec)
		}
		all = append(all, people.Issues(d.ID, rec, entries)...)
	}
	people.Retests(all, records)
	people.Sort(all)
	return all, nil
}
