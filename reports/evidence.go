package reports

import (
	"fmt"
	"io"
	"time"

	"github.com/drillctl/drillctl/reports/figures"
	"github.com/drillctl/drillctl/reports/people"
)

// An EvidenceRow is what was found about the files of one run.
type EvidenceRow struct {
	Run      string
	Sealed   bool
	Files    int
	Seals    int // more than one: sealed again
	Signed   int // signatures that hold
	Unknown  int // signatures of keys that were not given
	Problems int
}

// Verification writes what is not as it was, then what was looked at, and what
// that shows.
func Verification(w io.Writer, head string, rows []EvidenceRow, problems []string, o Options) error {
	p := newPage(o)
	if len(rows)+len(problems) == 0 {
		p.para("", "no run: nothing was checked", unsure)
		return p.flush(w)
	}
	g := grid{cols: []column{{head: "run"}, {head: "files", right: true}, {head: "signed", right: true}, {head: "state"}}}
	sealed := 0
	for _, r := range rows {
		state := cell{"whole", good}
		switch {
		case r.Problems > 0:
			state = cell{figures.Plural(r.Problems, "problem"), bad}
		case !r.Sealed:
			state = cell{"registered, never finished", unsure}
		case r.Seals > 1:
			state = cell{"whole, sealed " + figures.Plural(r.Seals, "time"), good}
		}
		if r.Sealed {
			sealed++
		}
		g.add(cell{text: r.Run}, cell{text: uintText(uint64(r.Files))}, cell{text: signed(r)}, state)
	}
	p.grid(&g)
	if len(problems) > 0 {
		p.section("NOT AS IT WAS", "")
		for _, text := range problems {
			p.para(bullet, text, bad)
		}
	}
	p.buf.WriteByte('\n')
	p.para("", pick(len(problems) == 0, figures.Plural(sealed, "sealed run")+" of "+uintText(uint64(len(rows)))+": nothing was changed since", figures.Plural(len(problems), "problem")),
		pick(len(problems) == 0, good, bad))
	p.para("", "head of the chain: "+pick(head != "", head, "none yet"), plain)
	p.para("", "This shows that bytes did not change since they were sealed in this chain; not who wrote them, when, or that nobody wrote the whole chain anew. Keep the head elsewhere and give it back with --head.", dim)
	return p.flush(w)
}

func signed(r EvidenceRow) string {
	switch {
	case r.Signed+r.Unknown == 0:
		return "-"
	case r.Unknown > 0:
		return fmt.Sprintf("%d, %d unchecked", r.Signed, r.Unknown)
	}
	return uintText(uint64(r.Signed))
}

// Findings writes a list of findings in the order given.
func Findings(w io.Writer, all []people.Issue, now time.Time, o Options) error {
	p := newPage(o)
	if len(all) == 0 {
		p.para("", "no findings", plain)
		return p.flush(w)
	}
	g := grid{cols: []column{{head: "run"}, {head: "finding"}, {head: "severity", drop: 2}, {head: "owner", drop: 1}, {head: "due"}, {head: "state"}}}
	open, late := 0, 0
	for _, i := range all {
		state := cell{i.Status, plain}
		if i.Status == people.Open {
			open++
			state.tone = unsure
		}
		if i.Overdue(now) {
			late++
			state = cell{"OVERDUE", bad}
		}
		g.add(cell{text: i.Run}, cell{text: i.ID}, cell{text: i.Severity}, cell{text: pick(i.Owner != "", i.Owner, "-")}, cell{text: pick(i.Due != "", i.Due, "-")}, state)
	}
	p.grid(&g)
	for _, i := range all {
		text := i.Text
		if i.Automatic {
			text += "; nobody wrote this finding"
		}
		if i.Retest != "" {
			text += "; retest: " + i.Retest
		}
		if i.Status == people.Closed {
			text = join(": ", text+"; closed by "+i.ClosedBy, i.Reason)
		}
		p.para(bullet+i.Run+" "+i.ID+": ", text, plain)
	}
	p.buf.WriteByte('\n')
	p.para("", fmt.Sprintf("%d open, %d of them overdue", open, late), pick(late > 0, bad, plain))
	return p.flush(w)
}
