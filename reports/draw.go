package reports

import (
	"io"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/tw"
)

// write draws the grid with p's width and tones, indented like all of the page.
func (g *grid) write(w io.Writer, p *page) error {
	for r := range g.rows {
		for c := range g.rows[r] {
			g.rows[r][c].text = p.clean(g.rows[r][c].text)
		}
	}
	for i := range g.cols {
		g.cols[i].head = p.clean(g.cols[i].head)
	}
	g.dropEmpty()
	widths := g.fit(p.width - indent)
	t := newTable(w, g.cols)
	if err := g.header(t, p, widths); err != nil {
		return err
	}
	for _, row := range g.rows {
		out := make([]string, len(row))
		for i, c := range row {
			out[i] = p.paintLines(wrap(c.text, widths[i]), c.tone)
		}
		if err := t.Append(out); err != nil {
			return err
		}
	}
	return t.Render()
}

// header writes the heads and a rule under each, unless all heads are empty.
func (g *grid) header(t *tablewriter.Table, p *page, widths []int) error {
	heads, rules := make([]string, len(g.cols)), make([]string, len(g.cols))
	named := false
	for i, c := range g.cols {
		named = named || c.head != ""
		heads[i] = p.paint(c.head, dim)
		if c.head != "" {
			rules[i] = p.paint(strings.Repeat(p.clean("─"), widths[i]), dim)
		}
	}
	if !named {
		return nil
	}
	t.Header(heads)
	return t.Append(rules)
}

func newTable(w io.Writer, cols []column) *tablewriter.Table {
	aligns := make([]tw.Align, len(cols))
	pads := make([]tw.Padding, len(cols))
	for i, c := range cols {
		aligns[i] = tw.AlignLeft
		if c.right {
			aligns[i] = tw.AlignRight
		}
		pads[i] = tw.Padding{Left: " ", Right: " ", Overwrite: true} // gap
	}
	pads[0].Left = strings.Repeat(" ", indent)
	part := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoWrap: tw.WrapNone, AutoFormat: tw.Off},
		Alignment:  tw.CellAlignment{Global: tw.AlignLeft, PerColumn: aligns},
		Padding:    tw.CellPadding{Global: tw.PaddingNone, PerColumn: pads},
	}
	return tablewriter.NewTable(w,
		tablewriter.WithConfig(tablewriter.Config{Header: part, Row: part}),
		tablewriter.WithTrimSpace(tw.Off),
		tablewriter.WithEastAsian(tw.Off), // not the environment's guess: a record prints alike everywhere
		tablewriter.WithRendition(tw.Rendition{
			Borders: tw.Border{Left: tw.Off, Right: tw.Off, Top: tw.Off, Bottom: tw.Off},
			Settings: tw.Settings{
				Separators: tw.Separators{ShowHeader: tw.Off, BetweenRows: tw.Off, BetweenColumns: tw.Off},
				Lines:      tw.Lines{ShowHeaderLine: tw.Off, ShowTop: tw.Off, ShowBottom: tw.Off},
			},
		}),
	)
}
