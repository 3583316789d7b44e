package history

import (
	"fmt"
	"time"
)

// A Duty is one scheduled drill and its last run that gave an answer.
type Duty struct {
	Drill    string        `json:"drill"`
	File     string        `json:"file"`
	Schedule string        `json:"schedule"`
	Every    time.Duration `json:"every_ns"`
	System   string        `json:"system_sha256"` // as the scenario has it now
	// Last is zero when the drill never gave an answer; then the rest is, too.
	Last       time.Time `json:"last,omitzero"`
	LastRun    string    `json:"last_run,omitempty"`
	LastSystem string    `json:"last_system_sha256,omitempty"`
	// Filled in by Judge.
	Due  bool      `json:"due"`
	Next time.Time `json:"next,omitzero"` // at the latest
	Why  string    `json:"why"`
}

// Judge says whether the drill is due.
func (d Duty) Judge(now time.Time) Duty {
	if d.Last.IsZero() {
		d.Due, d.Why = true, "never drilled: no run of it has passed or failed"
		return d
	}
	d.Next = d.Last.Add(d.Every)
	switch {
	case now.After(d.Next):
		d.Due, d.Why = true, fmt.Sprintf("overdue since %s", d.Next.UTC().Format(time.DateOnly))
	case d.LastSystem == "":
		d.Due, d.Why = true, "the last run does not say which system it was of"
	case d.LastSystem != d.System:
		d.Due, d.Why = true, "the system has changed since the last run"
	default:
		d.Why = "in time"
	}
	return d
}
