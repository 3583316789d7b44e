package reports

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/drillctl/drillctl/drill"
)

//go:embed html/*.tmpl html/*.css
var htmlFiles embed.FS

// htmlTemplates escape all that comes from a record.
var htmlTemplates = template.Must(template.New("").Funcs(template.FuncMap{"css": func(name string) (template.CSS, error) {
	text, err := htmlFiles.ReadFile("html/" + name)
	return template.CSS(text), err
}}).ParseFS(htmlFiles, "html/*.tmpl"))

// An htmlReport is what the page is made of.
type htmlReport struct {
	Title, Scenario, RunID string
	When                   string
	Class, Symbol, Word    string // of the verdict
	Sentence               string
	Warnings               []htmlText
	Story                  []htmlSaid
	Targets                []htmlTarget
	Figures                []htmlFigure
	Key                    []htmlKey
	AxisUnit               string
	Series                 *htmlTable
	SeriesStep             string
	Events                 []htmlEvent
	MoreEvents             string
	Faults                 []htmlFault
	Sections               []htmlSection // actions to notes
	Back                   []htmlSection // how it was measured and what was not
	Definitions            []htmlDefinition
	Facts                  [][2]string
	Evidence               [][2]string
	Files                  []FileSum
}

type htmlSaid struct{ About, Text, Class string }

// renderHTML writes one page that needs nothing else: no script, no font, no
// request.
func renderHTML(w io.Writer, rec drill.Record, o Options) error {
	page, err := newHTMLReport(rec, o)
	if err != nil {
		return fmt.Errorf("draw the report: %w", err)
	}
	if err := htmlTemplates.ExecuteTemplate(w, "report.html.tmpl", page); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

func newHTMLReport(rec drill.Record, o Options) (htmlReport, error) {
	r := htmlReport{
		Title: cleanText(pick(rec.Spec.Title != "", rec.Spec.Title, rec.Scenario.Name)), Scenario: cleanText(rec.Scenario.Name), RunID: cleanText(rec.RunID),
		When:     rec.Began.UTC().Format("2 January 2006, 15:04:05 UTC"),
		Sentence: cleanText(sentence(rec)),
		Targets:  htmlTargets(rec), Faults: htmlFaults(rec),
		Sections: htmlSections(partsOf(rec, actions, recordBaseline, outages, detections, phases, origins, writes, intruders, budget, drift, notes)),
		Back:     htmlSections(partsOf(rec, notices, notMeasured, policy)),
		Facts:    htmlFacts(rec), Evidence: htmlEvidence(rec), Files: o.Files, Definitions: htmlDefinitions(rec),
	}
	r.Class, r.Symbol, r.Word = verdictLook(rec.Verdict)
	for _, s := range story(rec) {
		r.Story = append(r.Story, htmlSaid{s.about, cleanText(s.text), toneClass[s.tone]})
	}
	r.Warnings = htmlWarnings(rec, r.Sentence)
	r.Events, r.MoreEvents = htmlEvents(rec)
	err := r.draw(rec)
	return r, err
}

func verdictLook(v drill.Verdict) (class, symbol, word string) {
	switch v {
	case drill.Pass:
		return "good", "✓", "Passed"
	case drill.Fail:
		return "bad", "✕", "Failed"
	}
	return "unsure", "?", "Inconclusive"
}

var toneClass = map[tone]string{bold: "strong", dim: "dim", good: "good", bad: "bad", unsure: "unsure"}

// cleanText is page.clean for pages that are not a terminal's.
func cleanText(s string) string { return (&page{}).clean(s) }

// htmlWarnings are what nobody may overlook, besides the story and what the sentence
// under the verdict says already.
func htmlWarnings(rec drill.Record, said string) []htmlText {
	var out []htmlText
	for _, i := range rec.Analysis.Invalid {
		if !strings.Contains(strings.ToLower(said), strings.ToLower(cleanText(i.Text))) {
			out = append(out, htmlText{Lead: cleanText(i.Code), Text: cleanText(i.Text), Class: "unsure"})
		}
	}
	return out
}

// htmlID makes a name for anchors out of any text.
func htmlID(s string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, s), "-")
}
