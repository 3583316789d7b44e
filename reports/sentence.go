package reports

import (
	"fmt"
	"strings"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// clip keeps a name from filling a page; what is cut stands in the record.
func clip(s string) string {
	const most = 100
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}

// sentence is the verdict for the top of a page.
func sentence(rec drill.Record) string {
	n := len(rec.Objectives)
	switch {
	case rec.Outcome != "" && rec.Outcome != "completed", n == 0:
		return ended(capital(verdictWords(rec)))
	case rec.Verdict == drill.Pass && n == 1:
		return "Its one target was met."
	case rec.Verdict == drill.Pass:
		return fmt.Sprintf("All %d targets were met.", n)
	}
	var missed, open []string
	for _, r := range rec.Objectives {
		switch r.Verdict {
		case drill.Fail:
			missed = append(missed, fmt.Sprintf("%s %s (wanted %s)", lowFirst(nameOf(r.Objective).title), figures.AchievedBeside(r), figures.Target(r.Objective)))
		case drill.Inconclusive, drill.Unjudged:
			open = append(open, lowFirst(nameOf(r.Objective).title))
		}
	}
	text := ""
	if len(missed) > 0 {
		text = fmt.Sprintf("%d of %s missed: %s.", len(missed), figures.Plural(n, "target"), strings.Join(missed, ", "))
	} else if rec.Reason != "" {
		text = ended(capital(rec.Reason))
	}
	if len(open) > 0 {
		text = join(" ", text, "No answer on "+strings.Join(open, ", ")+".")
	}
	return text
}

// ended makes a text end as a sentence does.
func ended(s string) string {
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

func lowFirst(s string) string {
	for i, r := range s {
		return strings.ToLower(string(r)) + s[i+len(string(r)):]
	}
	return s
}

// capital makes a text begin as a sentence does.
func capital(s string) string {
	for i, r := range s {
		return strings.ToUpper(string(r)) + s[i+len(string(r)):]
	}
	return s
}
