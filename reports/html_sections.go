package reports

import "strings"

// An htmlSection is a part of the report in HTML.
type htmlSection struct {
	ID, Title, Remark string
	Blocks            []htmlBlock
}

// An htmlBlock is a paragraph or a table.
type htmlBlock struct {
	Text  *htmlText
	Table *htmlTable
}

type htmlText struct {
	Lead, Text, Class string
	Item              bool // one of a list
}

type htmlTable struct {
	Heads []htmlHead
	Rows  [][]htmlCell
	Bare  bool // no heads: pairs
}

type htmlHead struct {
	Text  string
	Right bool
}

type htmlCell struct {
	Text, Class, Head string
	Right             bool
}

func htmlSections(parts []part) []htmlSection {
	var out []htmlSection
	for _, p := range parts {
		title := capital(strings.ToLower(p.title))
		s := htmlSection{ID: htmlID(title), Title: title, Remark: cleanText(p.remark)}
		for _, x := range p.pieces {
			if x.grid != nil {
				s.Blocks = append(s.Blocks, htmlBlock{Table: htmlGrid(x.grid)})
				continue
			}
			lead, item := strings.CutPrefix(x.lead, bullet)
			s.Blocks = append(s.Blocks, htmlBlock{Text: &htmlText{strings.TrimRight(cleanText(lead), ": "), cleanText(x.text), toneClass[x.tone], item}})
		}
		out = append(out, s)
	}
	return out
}

// htmlGrid lays a grid out: every cell carries its column's head, for narrow
// screens on which rows become cards.
func htmlGrid(g *grid) *htmlTable {
	t := &htmlTable{Bare: true}
	for _, c := range g.cols {
		t.Heads = append(t.Heads, htmlHead{cleanText(c.head), c.right})
		t.Bare = t.Bare && c.head == ""
	}
	for _, row := range g.rows {
		var cells []htmlCell
		for i, c := range row {
			cells = append(cells, htmlCell{cleanText(c.text), toneClass[c.tone], t.Heads[i].Text, t.Heads[i].Right})
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}
