package reports

import (
	"strings"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// Brief is what a drill came to in a few lines of plain text, for a message.
func Brief(rec drill.Record) string {
	lines := []string{strings.ToUpper(rec.Verdict.String()) + ": " + verdictWords(rec)}
	for _, r := range rec.Objectives {
		lines = append(lines, r.Objective.ID+" "+figures.AchievedBeside(r)+" ("+figures.Target(r.Objective)+"): "+r.Verdict.String())
	}
	if !rec.Cleanup.Verified {
		lines = append(lines, "NOT PROVED that everything was taken back: drillctl recover "+rec.RunID)
	}
	return cleanText(strings.Join(lines, "\n"))
}
