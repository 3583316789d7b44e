package reports

import (
	"strconv"
	"strings"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// notices say who was told of the drill while it went on, and who was not: that
// never bears on the verdict.
func notices(p *page, rec drill.Record) {
	if len(rec.Notices) == 0 {
		return
	}
	p.section("WHO WAS TOLD", "messages about the drill; they do not bear on the verdict")
	g := grid{cols: []column{{head: "channel"}, {head: "delivered", right: true}, {head: "not delivered", right: true}}}
	for _, n := range rec.Notices {
		failed := cell{text: "0"}
		if len(n.Unsent) > 0 {
			failed = cell{strconv.Itoa(len(n.Unsent)), unsure}
		}
		g.add(cell{text: n.Channel}, cell{text: strconv.Itoa(n.Sent)}, failed)
	}
	p.grid(&g)
	for _, n := range rec.Notices {
		for _, u := range n.Unsent {
			p.para(bullet+n.Channel+": ", unsentText(u), unsure)
		}
	}
}

func unsentText(u drill.Unsent) string {
	tries := "never tried"
	if u.Tries > 0 {
		tries = "after " + strconv.Itoa(u.Tries) + " " + pick(u.Tries == 1, "try", "tries")
	}
	return join(" ", u.Event, u.Step) + " not delivered, " + tries + ": " + strings.TrimSpace(u.Why)
}

// undelivered is one line for formats that have no room for more, "" when all who
// should be told were.
func undelivered(rec drill.Record) string {
	var parts []string
	for _, n := range rec.Notices {
		if k := len(n.Unsent); k > 0 {
			parts = append(parts, n.Channel+": "+strconv.Itoa(k)+" of "+figures.Plural(n.Sent+k, "message")+" not delivered ("+n.Unsent[k-1].Why+")")
		}
	}
	return strings.Join(parts, "; ")
}
