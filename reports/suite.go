package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// suiteTable sums several drills up: one line each, and what kept one from being
// a pass. The whole of a run is what 'drillctl report RUN' prints.
func suiteTable(w io.Writer, s drill.Suite, o Options) error {
	p := newPage(o)
	verdict := strings.ToUpper(s.Verdict.String())
	p.buf.WriteString(p.paint(verdict, verdictTones[s.Verdict]) + p.paint(p.clean(" "+suiteWords(s)), bold) + "\n")
	p.section("DRILLS", "")
	g := grid{cols: []column{{head: "drill"}, {head: "RTA", right: true}, {head: "failover", right: true, drop: 2}, {head: "RPA", right: true},
		{head: "took", right: true, drop: 1}, {head: "verdict"}}}
	for _, d := range s.Drills {
		if len(d.Runs) == 0 {
			g.add(cell{text: d.Scenario.Name}, cell{text: "-"}, cell{text: "-"}, cell{text: "-"}, cell{}, noRun(d))
		}
		for i, r := range d.Runs {
			a := r.Analysis
			g.add(cell{text: runName(d, i)}, cell{text: brief(a.Reading(drill.MetricRTA))}, cell{text: brief(a.Reading(drill.MetricFailover))},
				cell{text: brief(a.Reading(drill.MetricRPA))}, cell{text: figures.Seconds(r.Ended.Sub(r.Began).Seconds())}, verdictCell(r.Verdict))
		}
	}
	p.grid(&g)
	for _, d := range s.Drills {
		suiteReasons(p, d)
	}
	for _, d := range s.Drills {
		trials(p, d)
		baseline(p, d.Baseline)
	}
	suiteRuns(p, s)
	return p.flush(w)
}

// suiteWords is the suite in one line.
func suiteWords(s drill.Suite) string {
	n := map[drill.Verdict]int{}
	skipped := 0
	for _, d := range s.Drills {
		if len(d.Runs) == 0 && d.Skipped != "" {
			skipped++
			continue
		}
		n[d.Verdict]++
	}
	words := []string{fmt.Sprintf("%d of %s passed", n[drill.Pass], figures.Plural(len(s.Drills), "drill"))}
	for _, c := range []struct {
		n    int
		what string
	}{{n[drill.Fail], "failed"}, {n[drill.Inconclusive], "inconclusive"}, {skipped, "not started"}} {
		if c.n > 0 {
			words = append(words, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	return strings.Join(words, ", ")
}

func runName(d drill.Drill, i int) string {
	if len(d.Runs) == 1 {
		return d.Scenario.Name
	}
	return fmt.Sprintf("%s %d/%d", d.Scenario.Name, i+1, len(d.Runs))
}

func noRun(d drill.Drill) cell {
	if d.Skipped != "" && len(d.Errors) == 0 {
		return cell{"not started", unsure}
	}
	return cell{"could not run", unsure}
}

func suiteReasons(p *page, d drill.Drill) {
	for i, r := range d.Runs {
		if r.Verdict != drill.Pass || r.Outcome != "completed" {
			p.para(bullet+runName(d, i)+": ", verdictWords(r), verdictTones[r.Verdict])
		}
		if !r.Cleanup.Verified {
			p.para(bullet+runName(d, i)+": ", "not proved that everything was taken back: run 'drillctl recover "+r.RunID+"'", bad)
		}
	}
	for _, e := range d.Errors {
		p.para(bullet+d.Scenario.Name+": ", e, unsure)
	}
	if d.Skipped != "" {
		p.para(bullet+d.Scenario.Name+": ", "not started: "+d.Skipped, unsure)
	}
}

func suiteRuns(p *page, s drill.Suite) {
	g := grid{cols: []column{{head: "run"}, {head: "seed", right: true}}}
	for _, d := range s.Drills {
		for _, r := range d.Runs {
			g.texts(r.RunID, uintText(r.Seed))
		}
	}
	if len(g.rows) == 0 {
		return
	}
	p.section("RUNS", "'drillctl report RUN' tells all of one")
	p.grid(&g)
}
