package rundir

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// An AttemptRecord is what a run registers before it touches anything, so that
// attempts that never finish are on the list, too.
type AttemptRecord struct {
	RunID        string            `json:"run_id"`
	RegisteredAt time.Time         `json:"registered_at"`
	Scenario     drill.ScenarioRef `json:"scenario"`
	Objectives   []drill.Objective `json:"objectives"`
	PriorToday   int               `json:"prior_attempts_today"` // of the same scenario
}

// WriteAttempt registers the run, in its directory and in the chain, and says what a record tells of that.
func (d Dir) WriteAttempt(now time.Time, sc drill.ScenarioRef, objectives []drill.Objective) (drill.Attempt, error) {
	prior, err := d.priorToday(now, sc.Name)
	if err != nil {
		return drill.Attempt{}, err
	}
	a := AttemptRecord{RunID: d.ID, RegisteredAt: now.UTC(), Scenario: sc, Objectives: objectives, PriorToday: prior}
	if err := d.WriteJSON(Attempt, a); err != nil {
		return drill.Attempt{}, err
	}
	data, err := os.ReadFile(d.Path(Attempt))
	if err != nil {
		return drill.Attempt{}, fmt.Errorf("run %s: %w", d.ID, err)
	}
	if _, err := Extend(d.Root, Link{At: now.UTC(), Kind: LinkAttempt, Run: d.ID, SHA256: Sum(data)}); err != nil {
		return drill.Attempt{}, err
	}
	return drill.Attempt{RegisteredAt: a.RegisteredAt, SHA256: Sum(data), PriorToday: prior}, nil
}

// ReadAttempt returns what the run registered.
func (d Dir) ReadAttempt() (AttemptRecord, error) {
	var a AttemptRecord
	err := d.ReadJSON(Attempt, &a)
	return a, err
}

// priorToday counts today's earlier attempts at the scenario: a verdict that
// took five tries should say so.
func (d Dir) priorToday(now time.Time, scenario string) (int, error) {
	all, err := List(d.Root)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, other := range all {
		if other.ID == d.ID || !strings.HasPrefix(other.ID, now.UTC().Format("20060102T")) {
			continue
		}
		data, err := os.ReadFile(other.Path(Attempt))
		var a AttemptRecord
		if err == nil && json.Unmarshal(data, &a) == nil && a.Scenario.Name == scenario {
			n++
		}
	}
	return n, nil
}
