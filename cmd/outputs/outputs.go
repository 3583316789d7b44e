// Package outputs writes reports to where they were asked for.
package outputs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/drillctl/drillctl/cmd/exit"
	"github.com/drillctl/drillctl/cmd/records"
	"github.com/drillctl/drillctl/cmd/settings"
	"github.com/drillctl/drillctl/cmd/terminal"
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/atomicfile"
	"github.com/drillctl/drillctl/reports"
	"github.com/drillctl/drillctl/trace"
)

// Options are the flags of commands that write reports.
type Options struct {
	Output  string
	Chosen  bool // --output was given
	Reports []string
	set     *settings.Settings
}

// Resolve fills in what the settings say; chosen means that a flag has said which
// format is printed.
func (o *Options) Resolve(chosen bool, set *settings.Settings) {
	o.set = set
	if o.Chosen = chosen; !o.Chosen {
		o.Output = set.Output()
	}
}

// An Output is one report: a format and where it goes.
type Output struct {
	Format reports.Format
	Path   string          // "" is stdout
	traces *trace.Exporter // instead of both
}

// Parse finds the formats and makes sure that every path can be written, so that
// no drill is run whose report would be lost. Stdout gets the format of --output
// unless --report has one for it.
func (o Options) Parse() ([]Output, error) {
	var outs []Output
	printed := false
	seen := map[string]string{}
	for _, item := range o.Reports {
		out, err := o.parse(item, seen)
		if err != nil {
			return nil, err
		}
		printed = printed || out.traces == nil && out.Path == ""
		outs = append(outs, out)
	}
	if !printed || o.Chosen {
		f, err := reports.Lookup(o.Output)
		if err != nil {
			return nil, exit.UsageError{Err: err}
		}
		outs = append([]Output{{Format: f}}, outs...)
	}
	if err := writable(outs); err != nil {
		return nil, err
	}
	return outs, nil
}

// parse reads one FORMAT=PATH; seen are the formats by path of those before it.
func (o Options) parse(item string, seen map[string]string) (Output, error) {
	name, path, hasPath := strings.Cut(item, "=")
	if name == traceReport {
		e, err := o.exporter(path, hasPath)
		return Output{traces: e}, err
	}
	f, err := reports.Lookup(name)
	if err != nil {
		return Output{}, exit.UsageError{Err: err, Hint: "--report FORMAT=PATH,..."}
	}
	if hasPath && path == "" {
		return Output{}, exit.Usagef("leave the = out for stdout", "--report %s: there is no path behind =", item)
	}
	if path == "-" {
		path = ""
	}
	if path != "" {
		clean := filepath.Clean(path)
		if other, ok := seen[clean]; ok {
			return Output{}, exit.Usagef("give each its own", "--report: %s and %s would both be written to %s", other, name, path)
		}
		seen[clean] = name
	}
	return Output{Format: f, Path: path}, nil
}

// writable tries every path without touching what is there.
func writable(outs []Output) error {
	for _, out := range outs {
		if out.Path == "" || out.traces != nil {
			continue
		}
		if err := atomicfile.Probe(out.Path); err != nil {
			return exit.Usagef("name a file in a directory that is there", "--report %s=%s: %w", out.Format.Name, out.Path, err)
		}
	}
	return nil
}

// WriteRecord writes the reports of one run.
func WriteRecord(env terminal.Env, set *settings.Settings, outs []Output, rec drill.Record) error {
	var errs []error
	rec = records.WithGap(rec)
	for _, o := range outs {
		if o.traces != nil {
			errs = append(errs, sendTrace(o.traces, rec))
			continue
		}
		errs = append(errs, o.write(env, set, o.Path, func(w io.Writer, opts reports.Options) error { return o.Format.Render(w, rec, withFiles(opts, rec)) }))
	}
	return errors.Join(errs...)
}

// WriteSuite writes the reports of several runs: one document each, or one for
// every run where the format tells of one run only.
func WriteSuite(env terminal.Env, set *settings.Settings, outs []Output, s drill.Suite) error {
	var errs []error
	for _, d := range s.Drills {
		for i := range d.Runs {
			d.Runs[i] = records.WithGap(d.Runs[i])
		}
	}
	for _, o := range outs {
		if o.traces != nil {
			errs = append(errs, sendTraces(o.traces, s))
			continue
		}
		if o.Format.Suite != nil {
			errs = append(errs, o.write(env, set, o.Path, func(w io.Writer, opts reports.Options) error { return o.Format.Suite(w, s, opts) }))
			continue
		}
		for _, d := range s.Drills {
			for _, rec := range d.Runs {
				errs = append(errs, o.write(env, set, perRun(o.Path, rec.RunID), func(w io.Writer, opts reports.Options) error { return o.Format.Render(w, rec, withFiles(opts, rec)) }))
			}
		}
	}
	return errors.Join(errs...)
}

// Printable refuses to print several documents as if they were one.
func Printable(outs []Output, runs int) error {
	for _, o := range outs {
		if runs > 1 && o.traces == nil && o.Path == "" && o.Format.Suite == nil {
			return exit.Usagef("--report "+o.Format.Name+"=PATH writes a file for each, named after it", "%s tells of one run, and there are %d: they cannot be printed as one document", o.Format.Name, runs)
		}
	}
	return nil
}

// withFiles adds the digests of a run's files, for formats that list evidence.
func withFiles(o reports.Options, rec drill.Record) reports.Options {
	if rec.Dir == "" {
		return o
	}
	for _, f := range records.DirOf(rec).Files() {
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

func (o Output) write(env terminal.Env, set *settings.Settings, path string, render func(io.Writer, reports.Options) error) error {
	if path == "" {
		return render(env.Out, set.Table(env))
	}
	var b bytes.Buffer
	err := render(&b, reports.Options{})
	if err == nil {
		err = atomicfile.Write(path, b.Bytes())
	}
	if err != nil {
		return fmt.Errorf("write the %s report: %w", o.Format.Name, err)
	}
	return nil
}
