package reports

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// A Comparison is one loss against several ways to be ready for it, measured.
type Comparison struct {
	Name     string           `json:"name"`
	Title    string           `json:"title"`
	Loss     string           `json:"loss"`
	Variants []ComparisonLine `json:"variants"`
}

// A ComparisonLine is what one of them came to. A reading that is not Known was
// not measured.
type ComparisonLine struct {
	Name         string        `json:"name"`
	Doc          string        `json:"doc"`
	Run          string        `json:"run,omitempty"`
	Detection    drill.Reading `json:"detection"`
	Failover     drill.Reading `json:"failover"`
	RTA          drill.Reading `json:"rto_achieved"`
	RPA          drill.Reading `json:"rpo_achieved"`
	Lost         drill.Reading `json:"lost_writes"`
	Availability drill.Reading `json:"availability"`
	SteadyP99    time.Duration `json:"steady_p99_ns"` // negative: no good request
	Instances    int           `json:"instances"`     // of the whole system, without clients
	Problem      string        `json:"problem,omitempty"`
}

// LineOf takes a variant's line from its record.
func LineOf(name, doc string, rec drill.Record, instances int) ComparisonLine {
	of := rec.Analysis.Reading
	l := ComparisonLine{Name: name, Doc: doc, Run: rec.RunID, Instances: instances, SteadyP99: -1,
		Detection: of(drill.MetricDetect), Failover: of(drill.MetricFailover), RTA: of(drill.MetricRTA), RPA: of(drill.MetricRPA),
		Lost: of(drill.MetricLostWrites), Availability: of(drill.MetricAvailability)}
	for _, p := range rec.Analysis.Phases {
		if p.Name == drill.PhaseSteady {
			l.SteadyP99 = p.P99
		}
	}
	if rec.Verdict != drill.Pass {
		l.Problem = rec.Verdict.String() + ": " + rec.Reason
	}
	return l
}

var comparisonHeads = []string{"variant", "detection", "failover", "RTO achieved", "RPO achieved", "lost writes", "availability", "steady p99", "instances"}

// A page is narrow: its heads are short, and RTO and RPO are those achieved.
var shortHeads = []string{"variant", "detected", "failover", "RTO", "RPO", "lost", "available", "p99", "nodes"}

func (l ComparisonLine) cells() []string {
	cells := []string{l.Name}
	for _, r := range []drill.Reading{l.Detection, l.Failover, l.RTA, l.RPA, l.Lost, l.Availability} {
		cells = append(cells, brief(r))
	}
	return append(cells, figures.Latency(l.SteadyP99), uintText(uint64(max(0, l.Instances))))
}

// ComparisonTable writes a comparison for people.
func ComparisonTable(w io.Writer, c Comparison, o Options) error {
	p := newPage(o)
	p.buf.WriteString(p.paint(p.clean(c.Title), bold) + p.clean(": "+c.Loss) + "\n")
	p.section("MEASURED", "RTO and RPO are those achieved, p99 is before the loss")
	g := grid{cols: []column{{head: shortHeads[0]}}}
	for i, h := range shortHeads[1:] {
		g.cols = append(g.cols, column{head: h, right: true, drop: []int{3, 4, 0, 0, 0, 0, 2, 1}[i]})
	}
	for _, l := range c.Variants {
		g.texts(l.cells()...)
	}
	p.grid(&g)
	for _, l := range c.Variants {
		p.para(bullet+l.Name+": ", l.Doc, dim)
	}
	for _, l := range c.Variants {
		if l.Problem != "" {
			p.para(bullet+l.Name+": ", l.Problem, unsure)
		}
	}
	return p.flush(w)
}

// ComparisonMarkdown writes a comparison as a table of Markdown.
func ComparisonMarkdown(w io.Writer, c Comparison) error {
	var b strings.Builder
	row := func(cells []string) {
		for i := range cells {
			cells[i] = strings.ReplaceAll(cells[i], "|", `\|`)
		}
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	fmt.Fprintf(&b, "**%s**: %s.\n\n", c.Title, c.Loss)
	row(append([]string{}, comparisonHeads...))
	b.WriteString("|---|" + strings.Repeat("---:|", len(comparisonHeads)-1) + "\n")
	for _, l := range c.Variants {
		row(l.cells())
	}
	for _, l := range c.Variants {
		if l.Problem != "" {
			fmt.Fprintf(&b, "\n%s is %s\n", l.Name, l.Problem)
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	return nil
}

// ComparisonJSON writes a comparison for programs.
func ComparisonJSON(w io.Writer, c Comparison) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	if err := enc.Encode(c); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	return nil
}
