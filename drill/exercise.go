package drill

import "time"

// A Participant took part in a drill, or should have.
type Participant struct {
	Name         string `json:"name"`
	Role         string `json:"role,omitempty"`
	Organisation string `json:"organisation,omitempty"`
	// Absent says that the participant was expected and did not come.
	Absent bool `json:"absent,omitempty"`
}

// A RiskAcceptance is a weakness that somebody decided to live with for a while.
type RiskAcceptance struct {
	Risk  string `json:"risk"`
	By    string `json:"by"`
	Until string `json:"until"` // a date, 2006-01-02
}

// An Exercise is what a scenario says of itself to an auditor. All of it is as
// somebody wrote it down; nothing is measured.
type Exercise struct {
	Type         string           `json:"type,omitempty"` // live-failover, functional, restore, tabletop
	Place        string           `json:"place,omitempty"`
	Plan         string           `json:"plan,omitempty"`
	PlanVersion  string           `json:"plan_version,omitempty"`
	Why          string           `json:"why,omitempty"`
	Scope        string           `json:"scope,omitempty"`
	Functions    []string         `json:"functions,omitempty"`
	Exclusions   []string         `json:"exclusions,omitempty"`
	Assumptions  []string         `json:"assumptions,omitempty"`
	Differences  []string         `json:"differs_from_production,omitempty"`
	ApprovedBy   string           `json:"approved_by,omitempty"`
	ApprovedOn   string           `json:"approved_on,omitempty"` // a date, 2006-01-02
	Risks        []RiskAcceptance `json:"accepted_risks,omitempty"`
	Distribution []string         `json:"distribution,omitempty"`
	Retention    string           `json:"retention,omitempty"`
	Participants []Participant    `json:"participants,omitempty"`
}

// Context is what history and the quarterly report need to know of a scenario
// besides what judging needs.
type Context struct {
	Labels      []string      `json:"labels,omitempty"`
	Routing     string        `json:"routing,omitempty"`     // how traffic finds a region
	Replication string        `json:"replication,omitempty"` // how data gets to other regions
	Schedule    string        `json:"schedule,omitempty"`    // as written: "quarterly" or a duration
	Every       time.Duration `json:"every_ns,omitempty"`    // what schedule means; 0 is no schedule
	Exercise    *Exercise     `json:"exercise,omitempty"`
}
