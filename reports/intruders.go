package reports

import (
	"fmt"
	"slices"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// intruders tells what became of the requests that were to be refused.
func intruders(p *page, rec drill.Record) {
	r := rec.Analysis.Intruders
	if r == nil {
		return
	}
	p.section("INTRUDERS", "requests with bad tokens, to be refused; not in the traffic above")
	g := grid{cols: []column{{head: "forgery"}, {head: "asked", right: true}, {head: "refused", right: true}, {head: "let in", right: true}}}
	for _, c := range append(slices.Clone(r.By), r.Total) {
		name := c.Forgery
		if name == "" {
			name = "all"
		}
		g.add(cell{text: name}, cell{text: figures.Count(c.Asked)}, cell{text: figures.Count(c.Refused)}, cell{figures.Count(c.LetIn), pick(c.LetIn == 0, good, bad)})
	}
	p.grid(&g)
	switch {
	case r.Total.LetIn > 0:
		p.para(bullet, fmt.Sprintf("let in from %s to %s", figures.Instant(r.First), figures.Instant(r.Last)), bad)
	case r.Tested == 0:
		p.para(bullet, "none was answered after the fault: nothing is known of who would have been let in", unsure)
	}
	if len(r.NotServed) > 0 {
		p.para(bullet+"neither refused nor served: ", classes(r.NotServed), plain)
	}
}

// whoGotIn says the same in a sentence.
func whoGotIn(rec drill.Record) said {
	r := rec.Analysis.Intruders
	switch {
	case r == nil:
		return said{}
	case r.Total.LetIn > 0:
		return said{"Security", fmt.Sprintf("%s of %s requests with a token that was not good were let in.", figures.Count(r.Total.LetIn), figures.Count(r.Total.Asked)), bad}
	case r.Tested == 0:
		return said{"Security", "Not known: no request with a bad token was answered after the damage.", unsure}
	}
	return said{"Security", fmt.Sprintf("Not one of %s requests with a token that was not good was let in.", figures.Count(r.Total.Asked)), plain}
}
