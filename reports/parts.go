package reports

import "github.com/drillctl/drillctl/drill"

// A part is one section of a report as data, for formats that lay it out
// themselves: what the sections of the table say is said once.
type part struct {
	title, remark string
	pieces        []piece
}

// A piece is a paragraph, or a table if grid is set.
type piece struct {
	lead, text string
	tone       tone
	grid       *grid
}

// piece adds to the part under way.
func (p *page) piece(x piece) {
	if len(p.parts) == 0 {
		p.parts = append(p.parts, part{})
	}
	last := &p.parts[len(p.parts)-1]
	last.pieces = append(last.pieces, x)
}

// partsOf collects what some sections have to say.
func partsOf(rec drill.Record, sections ...func(*page, drill.Record)) []part {
	p := newPage(Options{})
	p.collect = true
	for _, s := range sections {
		s(p, rec)
	}
	return p.parts
}
