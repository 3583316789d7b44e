// Package markdown writes GitHub-flavoured Markdown in which what others wrote means
// itself.
package markdown

import (
	"strings"
	"unicode"
)

var escapes = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "|", `\|`, "~", `\~`, "#", `\#`, "@", "@\u200b")

// Escape makes text of others mean itself, on one line: no markup, no table cell of
// its own, and nobody is called by a mention.
func Escape(s string) string { return escapes.Replace(visible(s, unicode.Bidi_Control)) }

// Code is text between backticks.
func Code(s string) string { return strings.ReplaceAll(visible(s), "`", " ") }

func visible(s string, odd ...*unicode.RangeTable) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, odd...) {
			return ' '
		}
		return r
	}, s)
}

// A Table escapes its cells.
type Table struct {
	Head []string
	rows [][]string
}

// Row adds a row of as many cells as the head has.
func (t *Table) Row(cells ...string) { t.rows = append(t.rows, cells) }

// String is the table, "" without rows.
func (t *Table) String() string {
	if len(t.rows) == 0 {
		return ""
	}
	var b strings.Builder
	line := func(cells []string) {
		b.WriteString("|")
		for _, c := range cells {
			b.WriteString(" " + Escape(strings.TrimSpace(c)) + " |")
		}
		b.WriteString("\n")
	}
	line(t.Head)
	b.WriteString("|" + strings.Repeat(" --- |", len(t.Head)) + "\n")
	for _, r := range t.rows {
		line(r)
	}
	return b.String()
}
