package cmd

import (
	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/outputs"
	"github.com/drillctl/drillctl/cmd/records"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
)

func newReport(env terminal.Env, set *settings.Settings) *cobra.Command {
	var out outputs.Options
	var resolve func()
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
			resolve()
			return runReport(env, set, a, out)
		},
	}
	resolve = addOutputs(c, set, &out)
	return c
}

func runReport(env terminal.Env, set *settings.Settings, names []string, o outputs.Options) error {
	outs, err := o.Parse()
	if err != nil {
		return err
	}
	root, err := set.StateDir()
	if err != nil {
		return err
	}
	var recs []drill.Record
	for _, name := range names {
		found, err := records.Stored(root, name)
		if err != nil {
			return err
		}
		recs = append(recs, found...)
	}
	if len(recs) == 1 {
		return outputs.WriteRecord(env, set, outs, recs[0])
	}
	if err := outputs.Printable(outs, len(recs)); err != nil {
		return err
	}
	return outputs.WriteSuite(env, set, outs, records.Together(recs))
}
