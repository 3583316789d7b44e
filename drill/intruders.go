package drill

import (
	"fmt"
	"time"
)

// The answers that refuse.
const (
	unauthorized = 401
	forbidden    = 403
)

// An IntruderReport is what became of the requests that were to be refused.
type IntruderReport struct {
	Total IntruderCount `json:"total"`
	// NotServed had another answer than a refusal by which nobody is served, or none
	// at all, by class.
	NotServed map[string]uint64 `json:"not_served_by_class"`
	// By is the same for each forgery that was tried.
	By []IntruderCount `json:"by_forgery"`
	// First and Last are the intended starts of requests that were let in, if any was.
	First time.Duration `json:"first_let_in_ns,omitempty"`
	Last  time.Duration `json:"last_let_in_ns,omitempty"`
	// Tested are those that were refused or let in after the first fault was in force.
	Tested uint64 `json:"tested"`
}

// An IntruderCount counts requests that were to be refused.
type IntruderCount struct {
	Forgery string `json:"forgery,omitempty"` // empty for all together
	Asked   uint64 `json:"asked"`
	Refused uint64 `json:"refused"` // 401 or 403
	LetIn   uint64 `json:"let_in"`
}

func (c *IntruderCount) add(s *Sample) {
	c.Asked++
	switch s.Class {
	case OK:
		c.Refused++
	case LetIn:
		c.LetIn++
	}
}

// gateAcc gathers who was let in and who was not.
type gateAcc struct {
	report   IntruderReport
	by       [numForgeries]IntruderCount
	refused  uint64 // requests of clients whose token was valid
	answered uint64 // likewise
	lapsed   uint64 // those whose token was not, and that were refused
}

func (g *gateAcc) add(s *Sample, marks *marks) {
	after := marks.damaged && s.Intended >= marks.damage
	if s.Route != Intruder {
		if after {
			g.client(s)
		}
		return
	}
	r := &g.report
	r.Total.add(s)
	if s.ID < uint64(numForgeries) {
		g.by[s.ID].add(s)
	}
	switch s.Class {
	case LetIn:
		if r.Total.LetIn == 1 {
			r.First = s.Intended
		}
		r.Last = s.Intended
	case OK:
	default:
		if r.NotServed == nil {
			r.NotServed = map[string]uint64{}
		}
		r.NotServed[s.Class.String()]++
	}
	if after && (s.Class == LetIn || s.Class == OK) {
		r.Tested++
	}
}

// client counts one that is no intruder.
func (g *gateAcc) client(s *Sample) {
	refused := s.Status == unauthorized || s.Status == forbidden
	switch {
	case s.Expired && refused:
		g.lapsed++
	case s.Expired || s.Status == 0:
	default:
		g.answered++
		if refused {
			g.refused++
		}
	}
}

// intruders is nil where nobody was to try.
func (m *measurement) intruders() *IntruderReport {
	r := m.gate.report
	if m.spec.Load.IntruderRate <= 0 {
		return nil
	}
	if r.NotServed == nil {
		r.NotServed = map[string]uint64{}
	}
	r.By = []IntruderCount{}
	for _, f := range Forgeries() {
		if c := m.gate.by[f]; c.Asked > 0 {
			c.Forgery = f.String()
			r.By = append(r.By, c)
		}
	}
	return &r
}

// untried are the forgeries of which nothing is known, though others were answered.
func (r *IntruderReport) untried() []string {
	if r == nil || r.Total.Refused+r.Total.LetIn == 0 { // then nothing is known of any
		return nil
	}
	known := map[string]bool{}
	for _, c := range r.By {
		known[c.Forgery] = c.Refused+c.LetIn > 0
	}
	var out []string
	for _, f := range Forgeries() {
		if !known[f.String()] {
			out = append(out, f.String())
		}
	}
	return out
}

// letIn are the readings of who got in: none where nobody shows a token.
func (m *measurement) letIn(a Analysis) []Reading {
	var out []Reading
	if r := a.Intruders; r != nil {
		out = append(out, m.intruderReading(r))
	}
	if !m.spec.Load.Tokens {
		return out
	}
	switch {
	case !m.marks.damaged:
		return append(out, unknown(MetricRefused, Count, "no fault was proved in force"))
	case m.gate.answered == 0:
		return append(out, unknown(MetricRefused, Count, "no request that showed a valid token was answered after the fault"))
	}
	clock := "requests of clients with a valid token answered 401 or 403, " + span0
	if n := m.gate.lapsed; n > 0 {
		clock += fmt.Sprintf("; %d more showed a token that had expired, and were refused rightly", n)
	}
	return append(out, exact(MetricRefused, Count, float64(m.gate.refused), clock))
}

func (m *measurement) intruderReading(r *IntruderReport) Reading {
	switch {
	case r.Total.LetIn > 0: // whenever that was
	case !m.marks.damaged:
		return unknown(MetricLetIn, Count, "no fault was proved in force")
	case r.Total.Asked == 0:
		return unknown(MetricLetIn, Count, "no intruder asked")
	case r.Tested == 0:
		return unknown(MetricLetIn, Count, fmt.Sprintf("none of %d intruders was refused or served after the fault", r.Total.Asked))
	}
	return exact(MetricLetIn, Count, float64(r.Total.LetIn), "all requests of intruders that were served")
}
