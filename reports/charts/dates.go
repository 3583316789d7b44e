package charts

import (
	"time"

	"gonum.org/v1/plot"
)

// dateTicks are at whole minutes, hours, days, months or years in UTC, at most n
// of them.
type dateTicks struct{ n float64 }

// A dateStep is a distance between ticks; one of its fields is set.
type dateStep struct {
	of     time.Duration // below a day
	days   int
	months int
	form   string
}

var dateSteps = []dateStep{
	{of: time.Minute, form: "15:04"}, {of: 5 * time.Minute, form: "15:04"}, {of: 15 * time.Minute, form: "15:04"}, {of: time.Hour, form: "15:04"},
	{of: 3 * time.Hour, form: "2 Jan 15:04"}, {of: 6 * time.Hour, form: "2 Jan 15:04"}, {days: 1, form: "2 Jan"}, {days: 2, form: "2 Jan"}, {days: 7, form: "2 Jan"}, {days: 14, form: "2 Jan"},
	{months: 1, form: "Jan 2006"}, {months: 3, form: "Jan 2006"}, {months: 6, form: "Jan 2006"}, {months: 12, form: "2006"}, {months: 24, form: "2006"}, {months: 120, form: "2006"},
}

// seconds is about how long the step is.
func (s dateStep) seconds() float64 {
	return s.of.Seconds() + 86400*float64(s.days) + 365.25/12*86400*float64(s.months)
}

// floor is the last tick at or before t.
func (s dateStep) floor(t time.Time) time.Time {
	switch {
	case s.months > 0:
		m := t.Year()*12 + int(t.Month()) - 1
		return time.Date(0, time.Month(m/s.months*s.months+1), 1, 0, 0, 0, 0, time.UTC)
	case s.days > 0:
		return t.Truncate(time.Duration(s.days) * 24 * time.Hour)
	}
	return t.Truncate(s.of)
}

func (s dateStep) next(t time.Time) time.Time { return t.AddDate(0, s.months, s.days).Add(s.of) }

// Ticks implements plot.Ticker.
func (d dateTicks) Ticks(low, high float64) []plot.Tick {
	step := dateSteps[len(dateSteps)-1]
	for _, s := range dateSteps {
		if (high-low)/s.seconds() <= d.n {
			step = s
			break
		}
	}
	var out []plot.Tick
	end := time.Unix(int64(high), 0)
	for t := step.floor(time.Unix(int64(low), 0).UTC()); !t.After(end) && len(out) < 50; t = step.next(t) {
		at, label := float64(t.Unix()), t.Format(step.form)
		if (high-at)/(high-low) < 0.03 { // it would leave the drawing
			label = ""
		}
		if at >= low {
			out = append(out, plot.Tick{Value: at, Label: label})
		}
	}
	return out
}
