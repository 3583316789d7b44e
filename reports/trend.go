package reports

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// A TrendPoint is one run's number.
type TrendPoint struct {
	Run     string
	Began   time.Time
	Reading drill.Reading
	Verdict drill.Verdict
}

var sparks = []rune("▁▂▃▄▅▆▇█")

// sparkline draws values from the least to the largest; equal ones are all low.
func sparkline(values []float64, ascii bool) string {
	steps := sparks
	if ascii {
		steps = []rune("12345678")
	}
	least, most := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		least, most = min(least, v), max(most, v)
	}
	var out []rune
	for _, v := range values {
		at := 0
		if most > least {
			at = int(math.Round((v - least) / (most - least) * float64(len(steps)-1)))
		}
		out = append(out, steps[at])
	}
	return string(out)
}

// Trend draws one number of one drill, oldest first, and lists every point:
// points of single runs are never averaged.
func Trend(w io.Writer, name, metric string, points []TrendPoint, o Options) error {
	p := newPage(o)
	if len(points) == 0 {
		p.para("", "no run of "+name+" has measured "+metric, plain)
		return p.flush(w)
	}
	var values []float64
	least, most := points[0].Reading, points[0].Reading
	for _, pt := range points {
		values = append(values, pt.Reading.Value)
		if pt.Reading.Value < least.Value {
			least = pt.Reading
		}
		if pt.Reading.Value > most.Value {
			most = pt.Reading
		}
	}
	p.section(metric+" of "+name, figures.Plural(len(points), "run")+", oldest first")
	if room := p.width - 2*indent; len(values) > room {
		values = values[len(values)-room:]
	}
	p.para("", sparkline(values, p.ascii), plain)
	p.para("", fmt.Sprintf("from %s to %s; the last is %s", brief(least), brief(most), brief(points[len(points)-1].Reading)), dim)
	g := grid{cols: []column{{head: "run"}, {head: "began", drop: 1}, {head: metric, right: true}, {head: "verdict"}}}
	for _, pt := range points {
		g.add(cell{text: pt.Run}, cell{text: pt.Began.UTC().Format("2006-01-02 15:04:05Z")}, cell{text: brief(pt.Reading)}, verdictCell(pt.Verdict))
	}
	p.grid(&g)
	return p.flush(w)
}

// A DutyRow is one scheduled drill in a list.
type DutyRow struct {
	Drill, Schedule, Why string
	Last, Next           time.Time
	Due                  bool
}

// Duties writes what is due and what is not.
func Duties(w io.Writer, rows []DutyRow, o Options) error {
	p := newPage(o)
	if len(rows) == 0 {
		p.para("", "no scenario here has a schedule: write 'schedule: quarterly' into one", plain)
		return p.flush(w)
	}
	date := func(t time.Time) string {
		if t.IsZero() {
			return "-"
		}
		return t.UTC().Format(time.DateOnly)
	}
	g := grid{cols: []column{{head: "drill"}, {head: "schedule", drop: 1}, {head: "last"}, {head: "next"}, {head: "state", flex: true}}}
	due := 0
	for _, r := range rows {
		state := cell{r.Why, good}
		if r.Due {
			due++
			state = cell{"DUE: " + r.Why, bad}
		}
		g.add(cell{text: r.Drill}, cell{text: r.Schedule}, cell{text: date(r.Last)}, cell{text: date(r.Next)}, state)
	}
	p.grid(&g)
	p.buf.WriteByte('\n')
	p.para("", fmt.Sprintf("%d of %s due", due, figures.Plural(len(rows), "scheduled drill")), pick(due > 0, bad, good))
	return p.flush(w)
}
