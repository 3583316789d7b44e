package scenarios

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// Participant is who takes part.
type Participant struct {
	Name         string `yaml:"name" doc:"of the person" required:"true"`
	Role         string `yaml:"role" doc:"e.g. facilitator, operator, observer"`
	Organisation string `yaml:"organisation" doc:"of third parties"`
	Absent       bool   `yaml:"absent" doc:"expected, but did not come"`
}

// Exercise is what an auditor wants to read beside the numbers.
type Exercise struct {
	Type         string   `yaml:"type" doc:"kind of exercise" enum:"live-failover,functional,restore,tabletop"`
	Place        string   `yaml:"place" doc:"where it is carried out"`
	Plan         string   `yaml:"plan" doc:"the recovery plan that is exercised"`
	PlanVersion  string   `yaml:"plan-version" doc:"its version"`
	Why          string   `yaml:"why" doc:"why this scenario was chosen: the risk, severe but plausible"`
	Scope        string   `yaml:"scope" doc:"what is exercised"`
	Functions    []string `yaml:"functions" doc:"business functions covered"`
	Exclusions   []string `yaml:"exclusions" doc:"what is left out"`
	Assumptions  []string `yaml:"assumptions" doc:"what is taken for granted"`
	Differences  []string `yaml:"differs-from-production" doc:"how the environment differs from production"`
	ApprovedBy   string   `yaml:"approved-by" doc:"who approved this scenario"`
	ApprovedOn   Date     `yaml:"approved-on" doc:"when, as 2026-11-23"`
	Risks        []Risk   `yaml:"accepted-risks" doc:"weaknesses that somebody decided to live with for a while"`
	Distribution []string `yaml:"distribution" doc:"who gets the report"`
	Retention    string   `yaml:"retention" doc:"how long the evidence is kept"`
}

// Risk is one accepted risk.
type Risk struct {
	Risk  string `yaml:"risk" doc:"what may happen" required:"true"`
	By    string `yaml:"by" doc:"who accepted it" required:"true"`
	Until Date   `yaml:"until" doc:"when the acceptance ends, as 2026-11-23" required:"true"`
}

var (
	scheduleForm = form{regexp.MustCompile(`^(daily|weekly|monthly|quarterly|half-yearly|yearly|[1-9][0-9]{0,2}d|[1-9][0-9]{0,3}h)$`), "a schedule", "quarterly, monthly or 90d"}
	dateForm     = form{regexp.MustCompile(`^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`), "a date", "2026-11-23"}
)

// periods are the words of schedules, each as long as its longest.
var periods = map[string]time.Duration{"daily": day, "weekly": 7 * day, "monthly": 31 * day, "quarterly": 92 * day, "half-yearly": 184 * day, "yearly": 366 * day}

// A Schedule is how often a drill is due.
type Schedule string

// UnmarshalText reads a schedule.
func (s *Schedule) UnmarshalText(b []byte) error {
	if err := scheduleForm.check(string(b)); err != nil {
		return err
	}
	if _, ok := periods[string(b)]; !ok {
		var d Duration
		if err := d.UnmarshalText(b); err != nil {
			return err
		}
	}
	*s = Schedule(b)
	return nil
}

// MarshalText writes the schedule as it was written.
func (s Schedule) MarshalText() ([]byte, error) { return []byte(s), nil }

// Every is the longest time between two drills, 0 without a schedule.
func (s Schedule) Every() time.Duration {
	if p, ok := periods[string(s)]; ok || s == "" {
		return p
	}
	var d Duration
	_ = d.UnmarshalText([]byte(s)) // checked when it was read
	return d.std()
}

// A Date is a day.
type Date string

// UnmarshalText reads a date that the calendar has.
func (d *Date) UnmarshalText(b []byte) error {
	if err := dateForm.check(string(b)); err != nil {
		return err
	}
	if _, err := time.Parse(time.DateOnly, string(b)); err != nil {
		return fmt.Errorf("%q is not in the calendar", b)
	}
	*d = Date(b)
	return nil
}

// MarshalText writes the date as it was written.
func (d Date) MarshalText() ([]byte, error) { return []byte(d), nil }

// context is what history and the quarter keep of the scenario.
func (s *Scenario) context() *drill.Context {
	c := &drill.Context{Labels: s.Labels, Schedule: string(s.Schedule), Every: s.Schedule.Every(), Exercise: s.exercise()}
	if g := s.System.Gateway; g != nil {
		c.Routing, c.Replication = g.Routing, g.Replication
	}
	return c
}

func (s *Scenario) exercise() *drill.Exercise {
	if s.Exercise == nil && len(s.Participants) == 0 {
		return nil
	}
	out := &drill.Exercise{}
	if e := s.Exercise; e != nil {
		out = &drill.Exercise{Type: e.Type, Place: e.Place, Plan: e.Plan, PlanVersion: e.PlanVersion, Why: strings.TrimSpace(e.Why), Scope: strings.TrimSpace(e.Scope),
			Functions: e.Functions, Exclusions: e.Exclusions, Assumptions: e.Assumptions, Differences: e.Differences,
			ApprovedBy: e.ApprovedBy, ApprovedOn: string(e.ApprovedOn), Distribution: e.Distribution, Retention: e.Retention}
		for _, r := range e.Risks {
			out.Risks = append(out.Risks, drill.RiskAcceptance{Risk: r.Risk, By: r.By, Until: string(r.Until)})
		}
	}
	for _, p := range s.Participants {
		out.Participants = append(out.Participants, drill.Participant(p))
	}
	return out
}
