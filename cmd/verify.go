package cmd

import (
	"crypto/ed25519"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/records"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/runner/evidence"
)

func newVerify(env terminal.Env, set *settings.Settings) *cobra.Command {
	var o struct {
		all, json bool
		head      string
		keys      []string
	}
	c := &cobra.Command{
		Use:   "verify [RUN]",
		Short: "Check that the files of runs are what they were",
		Long: `Check that the files of a run, or of all runs, are what they were when the run
was sealed: any byte changed, any file, note or run removed, added, swapped or
reordered is named. Without RUN, all runs are checked.

What it shows: that bytes did not change since they were sealed, relative to the
chain of this state directory. What it does not show: who wrote them, when, or
that nobody wrote the whole chain anew. Keep its head, which is printed, where
this machine cannot write, and give it back with --head; or sign runs with a key
that is kept elsewhere.

It exits with 1 when anything is not as it was, and with 3 when there is no run to
check.`,
		Example: `  drillctl verify
  drillctl verify last --key drillctl.pub
  drillctl verify --head 5be1...`,
		Args:              args(cobra.MaximumNArgs(1)),
		ValidArgsFunction: completeRuns(set),
		RunE: func(_ *cobra.Command, a []string) error {
			root, err := set.StateDir()
			if err != nil {
				return err
			}
			opts := evidence.Options{Head: o.head}
			if len(a) == 1 {
				d, err := records.Find(root, a[0])
				if err != nil {
					return err
				}
				opts.Run, root = d.ID, d.Root
			}
			if opts.Keys, err = publicKeys(o.keys); err != nil {
				return err
			}
			return runVerify(env, set, root, opts, o.json)
		},
	}
	f := c.Flags()
	f.BoolVar(&o.all, "all", false, "all runs, as without RUN")
	f.StringVar(&o.head, "head", "", "SHA-256 of a head of the chain that was kept elsewhere")
	f.StringSliceVar(&o.keys, "key", nil, "public keys, as PEM files, one of which must have signed every run")
	f.BoolVar(&o.json, "json", false, "print JSON")
	return c
}

func runVerify(env terminal.Env, set *settings.Settings, root string, o evidence.Options, asJSON bool) error {
	r, err := evidence.Verify(root, o)
	if err != nil {
		return err
	}
	if asJSON {
		err = writeJSON(env.Out, r)
	} else {
		err = reports.Verification(env.Out, r.Head, states(r), problems(r), set.Table(env))
	}
	switch {
	case err != nil:
		return err
	case len(r.Problems) > 0:
		return exit.Told{Code: exit.Missed}
	case len(r.Runs) == 0: // perhaps another directory was meant
		fmt.Fprintf(env.Err, "drillctl: error: there is no run in %s: nothing was checked\ndrillctl: hint: --state-dir says where runs are kept\n", root)
		return exit.Told{Code: exit.Inconclusive}
	}
	return nil
}

func states(r evidence.Result) []reports.EvidenceRow {
	var rows []reports.EvidenceRow
	for _, s := range r.Runs {
		rows = append(rows, reports.EvidenceRow{Run: s.Run, Sealed: s.Sealed, Files: s.Files, Seals: s.Seals, Signed: len(s.Signed), Unknown: len(s.Unknown), Problems: len(s.Problems)})
	}
	return rows
}

func problems(r evidence.Result) []string {
	var out []string
	for _, p := range r.Problems {
		if p.Run != "" {
			p.Text = p.Run + ": " + p.Text
		}
		out = append(out, p.Text)
	}
	return out
}

func publicKeys(paths []string) ([]ed25519.PublicKey, error) {
	const hint = "'drillctl keygen PATH' writes PATH.pub beside the key"
	var keys []ed25519.PublicKey
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, exit.Usagef(hint, "key %s: %w", path, exit.Reason(err))
		}
		k, err := evidence.PublicKey(text)
		if err != nil {
			return nil, exit.Usagef(hint, "key %s: %w", path, err)
		}
		keys = append(keys, k)
	}
	return keys, nil
}
