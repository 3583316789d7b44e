package quarter

import (
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// achieved prints a reading with its bounds. What is not known is no number.
func achieved(r drill.Reading) string { return bounded(figures.Achieved(r), r) }

// achievedBeside prints what was achieved so that it can be told from its target.
func achievedBeside(o drill.Result) string { return bounded(figures.AchievedBeside(o), o.Reading) }

func bounded(text string, r drill.Reading) string {
	bounds := figures.Bounds(r)
	switch {
	case !r.Known && strings.HasPrefix(r.Why, text):
		return r.Why
	case !r.Known && r.Why != "":
		return text + ": " + r.Why
	case bounds != "" && r.Unit != drill.Count:
		return text + " (" + bounds + ")"
	}
	return text
}

func utc(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }
