package reports

import (
	"slices"
	"strings"
)

// A column of a grid.
type column struct {
	head  string
	right bool // numbers stand on their units
	flex  bool // wraps when the page is too narrow
	// drop is the order in which columns go when the page is still too narrow;
	// 0 stays.
	drop int
}

// A cell is text with a tone; colour is added after the layout, so that it never
// counts as width.
type cell struct {
	text string
	tone tone
}

// A grid is one table: no borders, a rule under each head, two spaces between
// columns, the first column to the left.
type grid struct {
	cols []column
	rows [][]cell
}

const (
	gap     = 2
	minFlex = 16
)

func (g *grid) add(cells ...cell) { g.rows = append(g.rows, cells) }

// texts adds a row of plain cells.
func (g *grid) texts(ss ...string) {
	row := make([]cell, len(ss))
	for i, s := range ss {
		row[i] = cell{text: s}
	}
	g.add(row...)
}

// widths are the natural widths of all columns.
func (g *grid) widths() []int {
	w := make([]int, len(g.cols))
	for i, c := range g.cols {
		w[i] = width(c.head)
		for _, row := range g.rows {
			for line := range strings.SplitSeq(row[i].text, "\n") {
				w[i] = max(w[i], width(line))
			}
		}
	}
	return w
}

// fit drops columns and narrows the flexible ones until the page holds the
// grid. What cannot be narrowed is wider than the page, never cut.
func (g *grid) fit(page int) []int {
	w := g.widths()
	for total(w) > page {
		i := g.lastDroppable()
		if i < 0 || total(w)-g.slack(w) <= page {
			break
		}
		g.remove(i)
		w = g.widths()
	}
	for total(w) > page {
		i := g.widestFlex(w)
		if i < 0 {
			break
		}
		w[i] = max(minFlex, w[i]-(total(w)-page))
	}
	return w
}

func total(w []int) int {
	sum := gap * max(0, len(w)-1)
	for _, n := range w {
		sum += n
	}
	return sum
}

// slack is how much the flexible columns can give.
func (g *grid) slack(w []int) int {
	sum := 0
	for i, c := range g.cols {
		if c.flex {
			sum += max(0, w[i]-minFlex)
		}
	}
	return sum
}

func (g *grid) widestFlex(w []int) int {
	best := -1
	for i, c := range g.cols {
		if c.flex && w[i] > minFlex && (best < 0 || w[i] > w[best]) {
			best = i
		}
	}
	return best
}

func (g *grid) lastDroppable() int {
	best := -1
	for i, c := range g.cols {
		if c.drop > 0 && (best < 0 || c.drop < g.cols[best].drop) {
			best = i
		}
	}
	return best
}

// dropEmpty takes out columns that may go and have nothing to tell.
func (g *grid) dropEmpty() {
	for i := len(g.cols) - 1; i >= 0; i-- {
		filled := func(row []cell) bool { return row[i].text != "" }
		if g.cols[i].drop > 0 && !slices.ContainsFunc(g.rows, filled) {
			g.remove(i)
		}
	}
}

func (g *grid) remove(i int) {
	g.cols = append(g.cols[:i:i], g.cols[i+1:]...)
	for r, row := range g.rows {
		g.rows[r] = append(row[:i:i], row[i+1:]...)
	}
}
