package evidence

import (
	"slices"
	"time"

	"github.com/drillctl/drillctl/runner/rundir"
)

// registered is what the chain says about one run.
type registered struct {
	attempt, seal, unsealed, signature *rundir.ChainLine // the last of each
	people                             []rundir.ChainLine
	seals                              int
}

// at is when the run was registered, zero when the chain does not say.
func (r registered) at() time.Time {
	if r.attempt == nil {
		return time.Time{}
	}
	return r.attempt.At
}

func (r registered) with(l rundir.ChainLine) registered {
	switch l.Kind {
	case rundir.LinkAttempt:
		r.attempt = &l
	case rundir.LinkSeal:
		r.seal, r.signature = &l, nil // what was signed is the seal before
		r.seals++
	case rundir.LinkUnsealed:
		r.unsealed = &l
	case rundir.LinkPeople:
		r.people = append(slices.Clone(r.people), l)
	case rundir.LinkSignature:
		r.signature = &l
	}
	return r
}
