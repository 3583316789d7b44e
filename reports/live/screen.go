package live

import (
	"io"
	"strings"
	"unicode"

	"github.com/mattn/go-runewidth"
)

// Control sequences. The cursor is hidden only while one frame is written, so
// that nothing has to be restored however the program ends.
const (
	hide     = "\x1b[?25l"
	show     = "\x1b[?25h"
	upOne    = "\x1b[A"
	toEnd    = "\x1b[K" // clears to the end of the line
	downward = "\x1b[J" // clears to the end of the screen
)

// draw puts above (whole lines) where the view was and the view under it, in one
// write. After Close there is no view to put.
func (v *View) draw(above string) {
	width := max(v.opts.Width(), minWidth)
	var b strings.Builder
	b.WriteString(hide)
	b.WriteString(v.back(width))
	if above != "" || width != v.width || len(v.drawn) == 0 {
		b.WriteString(downward) // a new width leaves folded remains
	}
	b.WriteString(above)
	lines := v.lines(width)
	sizes := make([]int, 0, len(lines))
	for i, l := range lines {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(l.paint(v.opts.Color) + toEnd)
		sizes = append(sizes, l.width())
	}
	if len(lines) == 0 {
		b.WriteString(downward)
	}
	b.WriteString(show)
	v.drawn, v.width = sizes, width
	_, _ = io.WriteString(v.w, b.String())
}

const minWidth = 20

// back moves the cursor to where the view begins. A window that became narrower
// has folded its lines, so they are counted by the width of now.
func (v *View) back(width int) string {
	rows := 0
	for _, n := range v.drawn {
		rows += 1 + max(0, n-1)/width
	}
	if rows == 0 {
		return "\r"
	}
	return "\r" + strings.Repeat(upOne, rows-1)
}

// lines are what is to be seen now, cut so that they never fold.
func (v *View) lines(width int) []line {
	if v.closed || !v.started {
		return nil
	}
	room := width - 1 // the last column makes some terminals fold
	return []line{v.clockLine(room).cut(room), v.serviceLine(room).cut(room), v.damageLine().cut(room)}
}

// A span is text of one colour; a line is spans.
type span struct{ text, color string }

type line []span

const (
	plain  = ""
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

func (l line) paint(color bool) string {
	var b strings.Builder
	for _, s := range l {
		if color && s.color != plain && s.text != "" {
			b.WriteString("\x1b[" + s.color + "m" + s.text + "\x1b[0m")
		} else {
			b.WriteString(s.text)
		}
	}
	return b.String()
}

// columns counts as terminals do that are not set to East Asian widths, whatever
// the environment says.
func columns(s string) int {
	c := runewidth.Condition{StrictEmojiNeutral: true}
	return c.StringWidth(s)
}

func (l line) width() int {
	n := 0
	for _, s := range l {
		n += columns(s.text)
	}
	return n
}

// cut ends the line within room columns.
func (l line) cut(room int) line {
	if l.width() <= room {
		return l
	}
	c := runewidth.Condition{StrictEmojiNeutral: true}
	var out line
	for _, s := range l {
		if n := columns(s.text); n < room {
			out, room = append(out, s), room-n
			continue
		}
		return append(out, span{c.Truncate(s.text, room, "~"), s.color})
	}
	return out
}

// clean takes out of a name what would move the cursor.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}
