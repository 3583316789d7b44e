package reports

import (
	"fmt"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// budget says what the drill cost, and whether the standard burn-rate alerts
// would have seen it.
func budget(p *page, rec drill.Record) {
	b := rec.Analysis.Budget
	if b == nil {
		return
	}
	remark := fmt.Sprintf("%s %% over %s", figures.Trimmed(100*b.Spec.SLO), figures.Span(b.Spec.Window))
	if !rec.Environment.IsProduction {
		remark += "; notional: this was not production"
	}
	p.section("ERROR BUDGET", remark)
	p.para(bullet, fmt.Sprintf("used %s of %s: %s of error-equivalent downtime; peak burn rate %s",
		figures.Percent(b.Consumed), figures.Span(wholeBudget(b)), figures.Seconds(b.EED.Seconds()), burn(b.PeakBurn)), plain)
	if len(b.Alerts) == 0 {
		return
	}
	g := grid{cols: []column{{head: "alert"}, {head: "windows"}, {head: "burn", right: true},
		{head: "reached (long / short)", right: true, drop: 1}, {head: "would have fired", flex: true}}}
	for _, a := range b.Alerts {
		g.texts(a.Severity, figures.Span(a.Long)+" / "+figures.Span(a.Short), figures.Trimmed(a.Burn)+"×", burn(a.PeakLong)+" / "+burn(a.PeakShort), alertText(a))
	}
	p.grid(&g)
}

// wholeBudget is how long all may fail within the window.
func wholeBudget(b *drill.BudgetReport) time.Duration {
	return time.Duration(float64(b.Spec.Window) * (1 - b.Spec.SLO)).Round(time.Millisecond)
}

// burn prints a burn rate; tenths matter below ten only.
func burn(b float64) string {
	if b < 10 {
		return figures.Fixed(b, 1) + "×"
	}
	return figures.Fixed(b, 0) + "×"
}

func alertText(a drill.BurnAlert) string {
	if a.Fired {
		return "yes, at " + figures.Instant(a.FiredAt)
	}
	return "no: needs " + figures.Seconds(a.Needs.Seconds()) + " of total outage"
}
