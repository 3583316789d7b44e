package drill

import "time"

func (m *measurement) budget() *BudgetReport {
	s := m.spec.Budget
	if s == nil || !m.marks.damaged || !(s.SLO < 1) || s.Window <= 0 || m.offered() <= 0 {
		return nil
	}
	eed := float64(m.bad) / m.offered()
	r := &BudgetReport{Spec: *s, EED: time.Duration(eed * float64(time.Second)), Consumed: m.consumed(eed)}
	for _, b := range m.bins.list {
		r.PeakBurn = max(r.PeakBurn, b.badRatio()/(1-s.SLO))
	}
	r.Alerts = m.bins.burnAlerts(s.SLO)
	return r
}

// consumed is the part of the window's error budget that so many seconds of
// total outage spend.
func (m *measurement) consumed(eed float64) float64 {
	return eed / (m.spec.Budget.Window.Seconds() * (1 - m.spec.Budget.SLO))
}

func (b bin) badRatio() float64 { return float64(b.bad) / float64(max(1, b.good+b.bad)) }

// burnRows are those of the SRE workbook, "Alerting on SLOs", table 5-8.
func burnRows() []BurnAlert {
	return []BurnAlert{
		{Severity: "page", Long: time.Hour, Short: 5 * time.Minute, Burn: 14.4},
		{Severity: "page", Long: 6 * time.Hour, Short: 30 * time.Minute, Burn: 6},
		{Severity: "ticket", Long: 72 * time.Hour, Short: 6 * time.Hour, Burn: 1},
	}
}

// burnAlerts says which alerts would have fired, from a clean window before.
func (b *bins) burnAlerts(slo float64) []BurnAlert {
	sums := make([]float64, len(b.list)+1) // seconds of error up to each bin
	for i, x := range b.list {
		sums[i+1] = sums[i] + x.badRatio()
	}
	rows := burnRows()
	for r := range rows {
		row := &rows[r]
		limit := row.Burn * (1 - slo)
		row.Needs = time.Duration(limit * float64(row.Long))
		for i := 1; i < len(sums); i++ {
			long, short := ratioOf(sums, i, row.Long), ratioOf(sums, i, row.Short)
			row.PeakLong, row.PeakShort = max(row.PeakLong, long/(1-slo)), max(row.PeakShort, short/(1-slo))
			if !row.Fired && long > limit && short > limit {
				row.Fired, row.FiredAt = true, time.Duration(i)*binLen
			}
		}
	}
	return rows
}

// ratioOf is the error ratio of the window that ends with bin i.
func ratioOf(sums []float64, i int, window time.Duration) float64 {
	return (sums[i] - sums[max(0, i-int(window/binLen))]) / window.Seconds()
}

// A BudgetReport says what the drill cost of an error budget.
type BudgetReport struct {
	Spec     BudgetSpec    `json:"spec"`
	EED      time.Duration `json:"error_equivalent_downtime_ns"`
	Consumed float64       `json:"consumed"` // ratio of the window's budget; notional off production
	PeakBurn float64       `json:"peak_burn_rate"`
	Alerts   []BurnAlert   `json:"alerts"`
}

// A BurnAlert is one row of the SRE workbook's multiwindow alerts.
type BurnAlert struct {
	Severity string        `json:"severity"`
	Long     time.Duration `json:"long_ns"`
	Short    time.Duration `json:"short_ns"`
	Burn     float64       `json:"burn"`
	Needs    time.Duration `json:"needs_ns"` // total outage needed to fire from a clean window
	// PeakLong and PeakShort are the highest burn rates of the two windows, from a
	// clean window before; an alert fires when both exceed Burn at once.
	PeakLong  float64       `json:"peak_long_burn"`
	PeakShort float64       `json:"peak_short_burn"`
	Fired     bool          `json:"fired"`
	FiredAt   time.Duration `json:"fired_at_ns,omitempty"`
}
