package reports

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/drillctl/drillctl/drill"
)

// maxAnnotations is how many GitHub shows of a kind and step; more would be dropped
// without a word.
const maxAnnotations = 10

// Annotations writes workflow commands of GitHub Actions: one for each objective
// that is not met, at its line of the scenario, and for what else keeps a drill
// from being a pass; the worst first, at most ten, and a last one that counts the
// rest. place turns the path of a scenario into one below the repository, "" when
// it is none of its files.
func Annotations(w io.Writer, s drill.Suite, place func(string) string) error {
	var missed, open []string
	for _, d := range s.Drills {
		for i, rec := range d.Runs {
			for _, c := range casesOf(rec) {
				c.file = place(cmp.Or(c.file, rec.Scenario.Path))
				add(&missed, &open, c, runName(d, i))
			}
		}
		for _, c := range drillCases(d) {
			c.file = place(d.Scenario.Path)
			add(&missed, &open, c, d.Scenario.Name)
		}
	}
	all := append(missed, open...)
	if more := len(all) - maxAnnotations; more > 0 {
		// a notice: the room for errors and warnings is taken
		all = append(all[:maxAnnotations:maxAnnotations], "::notice title=drillctl::"+escapeData(fmt.Sprintf("… and %d more", more)))
	}
	for _, line := range all {
		if _, err := io.WriteString(w, line+"\n"); err != nil {
			return fmt.Errorf("write annotations: %w", err)
		}
	}
	return nil
}

// add puts a case that is not ok on its list: what is missed or broken is an
// error, what is not known a warning.
func add(missed, open *[]string, c testCase, drill string) {
	if c.state == ok {
		return
	}
	command, list := "error", missed
	if c.kind == "inconclusive" || c.kind == "not-started" {
		command, list = "warning", open
	}
	props := []string{"title=" + escapeProperty(drill+": "+c.name)}
	if c.file != "" {
		if c.line > 0 {
			props = append([]string{fmt.Sprintf("line=%d", c.line)}, props...)
		}
		props = append([]string{"file=" + escapeProperty(c.file)}, props...)
	}
	*list = append(*list, fmt.Sprintf("::%s %s::%s", command, strings.Join(props, ","), escapeData(c.short)))
}

var (
	dataEscape     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscape = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func escapeData(s string) string     { return dataEscape.Replace(s) }
func escapeProperty(s string) string { return propertyEscape.Replace(s) }
