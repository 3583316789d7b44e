package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/atomicfile"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/trace"
)

// outputOptions are the flags of commands that write reports.
type outputOptions struct {
	output  string
	chosen  bool // --output was given
	reports []string
	set     *settings
}

func (o *outputOptions) flags(c *cobra.Command) {
	c.Flags().StringVarP(&o.output, "output", "o", "table", "what to print: "+formatNames())
	c.Flags().StringSliceVar(&o.reports, "report", nil, "reports, as FORMAT for stdout or FORMAT=PATH, many at once: table,junit=junit.xml,json=run.json; otlp=URL sends a trace")
	_ = c.RegisterFlagCompletionFunc("output", completeFormats)
	_ = c.RegisterFlagCompletionFunc("report", completeFormats)
}

// resolve fills in what the settings say.
func (o *outputOptions) resolve(c *cobra.Command, set *settings) {
	o.set = set
	if o.chosen = c.Flags().Changed("output"); !o.chosen {
		o.output = set.v.GetString("output")
	}
}

// An output is one report: a format and where it goes.
type output struct {
	format reports.Format
	path   string          // "" is stdout
	traces *trace.Exporter // instead of both
}

// parse finds the formats and makes sure that every path can be written, so that
// no drill is run whose report would be lost. Stdout gets the format of --output
// unless --report has one for it.
func (o outputOptions) parse() ([]output, error) {
	var outs []output
	printed := false
	seen := map[string]string{}
	for _, item := range o.reports {
		name, path, hasPath := strings.Cut(item, "=")
		if name == traceReport {
			e, err := o.exporter(path, hasPath)
			if err != nil {
				return nil, err
			}
			outs = append(outs, output{traces: e})
			continue
		}
		f, err := reports.Lookup(name)
		if err != nil {
			return nil, exit.UsageError{Err: err, Hint: "--report FORMAT=PATH,..."}
		}
		if hasPath && path == "" {
			return nil, exit.Usagef("leave the = out for stdout", "--report %s: there is no path behind =", item)
		}
		if path == "-" {
			path = ""
		}
		if path != "" {
			clean := filepath.Clean(path)
			if other, ok := seen[clean]; ok {
				return nil, exit.Usagef("give each its own", "--report: %s and %s would both be written to %s", other, name, path)
			}
			seen[clean] = name
		}
		printed = printed || path == ""
		outs = append(outs, output{format: f, path: path})
	}
	if !printed || o.chosen {
		f, err := reports.Lookup(o.output)
		if err != nil {
			return nil, exit.UsageError{Err: err}
		}
		outs = append([]output{{format: f}}, outs...)
	}
	for _, out := range outs {
		if out.path == "" || out.traces != nil {
			continue
		}
		if err := atomicfile.Probe(out.path); err != nil {
			return nil, exit.Usagef("make its directory first", "--report %s=%s: %w", out.format.Name, out.path, err)
		}
	}
	return outs, nil
}

// writeRecord writes the reports of one run.
func writeRecord(env terminal.Env, set *settings, outs []output, rec drill.Record) error {
	var errs []error
	rec = withGap(rec)
	for _, o := range outs {
		if o.traces != nil {
			errs = append(errs, sendTrace(o.traces, rec))
			continue
		}
		errs = append(errs, o.write(env, set, o.path, func(w io.Writer, opts reports.Options) error { return o.format.Render(w, rec, withFiles(opts, rec)) }))
	}
	return errors.Join(errs...)
}

// writeSuite writes the reports of several runs: one document each, or one for
// every run where the format tells of one run only.
func writeSuite(env terminal.Env, set *settings, outs []output, s drill.Suite) error {
	var errs []error
	for _, d := range s.Drills {
		for i := range d.Runs {
			d.Runs[i] = withGap(d.Runs[i])
		}
	}
	for _, o := range outs {
		if o.traces != nil {
			errs = append(errs, sendTraces(o.traces, s))
			continue
		}
		if o.format.Suite != nil {
			errs = append(errs, o.write(env, set, o.path, func(w io.Writer, opts reports.Options) error { return o.format.Suite(w, s, opts) }))
			continue
		}
		for _, d := range s.Drills {
			for _, rec := range d.Runs {
				errs = append(errs, o.write(env, set, perRun(o.path, rec.RunID), func(w io.Writer, opts reports.Options) error { return o.format.Render(w, rec, withFiles(opts, rec)) }))
			}
		}
	}
	return errors.Join(errs...)
}

// printable refuses to print several documents as if they were one.
func printable(outs []output, runs int) error {
	for _, o := range outs {
		if runs > 1 && o.traces == nil && o.path == "" && o.format.Suite == nil {
			return exit.Usagef("--report "+o.format.Name+"=PATH writes a file for each, named after it", "%s tells of one run, and there are %d: they cannot be printed as one document", o.format.Name, runs)
		}
	}
	return nil
}

// withFiles adds the digests of a run's files, for formats that list evidence.
func withFiles(o reports.Options, rec drill.Record) reports.Options {
	if rec.Dir == "" {
		return o
	}
	for _, f := range dirOf(rec).Files() {
		o.Files = append(o.Files, reports.FileSum(f))
	}
	return o
}

// perRun is the path of one run's report where a suite has one for each.
func perRun(path, id string) string {
	if path == "" {
		return ""
	}
	ext := filepath.Ext(path)
	return strings.TrimSuffix(path, ext) + "-" + id + ext
}

func (o output) write(env terminal.Env, set *settings, path string, render func(io.Writer, reports.Options) error) error {
	if path == "" {
		return render(env.Out, set.tableOptions(env))
	}
	var b bytes.Buffer
	err := render(&b, reports.Options{})
	if err == nil {
		err = atomicfile.Write(path, b.Bytes())
	}
	if err != nil {
		return fmt.Errorf("write the %s report: %w", o.format.Name, err)
	}
	return nil
}
