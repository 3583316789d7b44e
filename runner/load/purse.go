package load

import (
	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/load/bearer"
)

// openPurse gets the first token, where requests show any. It ends with the worker:
// final reads, after the load, show tokens too.
func (a *attack) openPurse() (err error) {
	if a.cfg.Tokens == nil {
		return nil
	}
	a.purse, err = bearer.Open(*a.cfg.Tokens, a.cfg.IntruderRate > 0, a.dialer.DialContext)
	return err
}

// authorization is what the requests of a route show.
func (a *attack) authorization(which drill.Route) func(id uint64) (text string, expired bool) {
	if which != drill.Intruder {
		return func(uint64) (string, bool) { return a.purse.Show() }
	}
	return func(id uint64) (string, bool) {
		text, _ := a.purse.Forged(drill.Forgery(id)) // the targeter asked whether there is one
		return text, false
	}
}

// ready says whether an intruder can try a forgery.
func (a *attack) ready(f drill.Forgery) bool {
	_, ok := a.purse.Forged(f)
	return ok
}
