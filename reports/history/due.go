package history

import (
	"fmt"
	"strings"
	"time"
)

// A Duty is one scheduled drill and its last run that gave an answer.
type Duty struct {
	Drill    string        `json:"drill"`
	File     string        `json:"file"`
	Schedule string        `json:"schedule"`
	Every    time.Duration `json:"every_ns"`
	// Last is zero when the drill never gave an answer; then the rest is, too.
	Last    time.Time `json:"last,omitzero"`
	LastRun string    `json:"last_run,omitempty"`
	// Since is the run with whose configuration today's was compared: the last that
	// passed, or else the last; empty when none says how its system was configured.
	Since string `json:"since,omitempty"`
	// Changed says what is not as it was, and Unknown what cannot be told.
	Changed []string `json:"changed,omitempty"`
	Unknown []string `json:"unknown,omitempty"`
	// Filled in by Judge.
	Due  bool      `json:"due"`
	Next time.Time `json:"next,omitzero"` // at the latest
	Why  string    `json:"why"`
}

// maxChanges are told of a duty in one line.
const maxChanges = 3

// Judge says whether the drill is due. What cannot be told is no "unchanged".
func (d Duty) Judge(now time.Time) Duty {
	if d.Last.IsZero() {
		d.Due, d.Why = true, "never drilled: no run of it has passed or failed"
		return d
	}
	d.Next = d.Last.Add(d.Every)
	switch {
	case now.After(d.Next):
		d.Due, d.Why = true, fmt.Sprintf("overdue since %s", d.Next.UTC().Format(time.DateOnly))
		if len(d.Changed) > 0 {
			d.Why += ", and the system has changed: " + firstOf(d.Changed)
		}
	case d.Since == "":
		d.Due, d.Why = true, "the last run does not say how its system was configured"
	case len(d.Changed) > 0:
		d.Due, d.Why = true, "the system has changed since "+d.Since+": "+firstOf(d.Changed)
	case len(d.Unknown) > 0:
		d.Due, d.Why = true, "whether the system has changed is not known: "+firstOf(d.Unknown)
	default:
		d.Why = "in time"
	}
	return d
}

func firstOf(all []string) string {
	if more := len(all) - maxChanges; more > 0 {
		return fmt.Sprintf("%s; and %d more", strings.Join(all[:maxChanges], "; "), more)
	}
	return strings.Join(all, "; ")
}
