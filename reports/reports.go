// Package reports tells what a drill found, in several formats. A report needs a
// record and nothing else: no clock, no files, no live drill, so that an old run
// prints as it did on its day.
package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/drillctl/drillctl/drill"
)

// Options say how the reader can see. Formats for machines ignore them.
type Options struct {
	Color bool
	Width int  // columns; 0 means 80
	ASCII bool // no character outside of ASCII but those of names
	// Files are those of the run with their digests, for reports that list evidence.
	Files []FileSum
}

// A Format is one way to write a record.
type Format struct {
	Name string // as in --output
	Ext  string // of a file in this format, without the dot
	Doc  string // one line for the help
	// Render writes the whole record. It fails only when w does, or when the
	// record holds a number that the format cannot.
	Render func(io.Writer, drill.Record, Options) error
	// Suite writes several drills as one document; nil in a format that tells of
	// one run only.
	Suite func(io.Writer, drill.Suite, Options) error
}

// All lists the formats: the help and completions come from here.
func All() []Format {
	return []Format{
		{Name: "table", Ext: "txt", Doc: "tables for people", Render: renderTable, Suite: suiteTable},
		{Name: "json", Ext: "json", Doc: "the whole record (its schema: drillctl schema record)", Render: renderJSON, Suite: suiteJSON},
		{Name: "junit", Ext: "xml", Doc: "JUnit XML, as GitLab, Jenkins and actions for GitHub read it", Render: renderJUnit, Suite: suiteJUnit},
		{Name: "markdown", Ext: "md", Doc: "a summary in GitHub-flavoured Markdown", Render: renderMarkdown, Suite: suiteMarkdown},
		{Name: "openmetrics", Ext: "txt", Doc: "OpenMetrics 1.0 text, for Prometheus and GitLab", Render: renderOpenMetrics, Suite: suiteOpenMetrics},
		{Name: "csv", Ext: "csv", Doc: "one row an objective or reading, for spreadsheets", Render: renderCSV, Suite: suiteCSV},
		{Name: "html", Ext: "html", Doc: "one page to read, print and file; needs nothing else", Render: renderHTML},
	}
}

// Names are the formats' names in order.
func Names() []string {
	var names []string
	for _, f := range All() {
		names = append(names, f.Name)
	}
	return names
}

// Lookup finds a format by its name.
func Lookup(name string) (Format, error) {
	for _, f := range All() {
		if f.Name == name {
			return f, nil
		}
	}
	return Format{}, fmt.Errorf("unknown format %q; known: %s", name, strings.Join(Names(), ", "))
}
