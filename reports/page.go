package reports

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// A tone is what a colour means; without colour all tones look alike, so a tone
// never says what the words do not.
type tone int

const (
	plain tone = iota
	bold
	dim
	good
	bad
	unsure
)

// SGR codes: the terminal's own sixteen colours, so that its theme holds.
var sgr = map[tone]string{bold: "1", dim: "2", good: "32", bad: "1;31", unsure: "33"}

const (
	bullet       = "• "
	indent       = 2
	defaultWidth = 80
	minWidth     = 60  // narrower pages break inside numbers
	maxWidth     = 140 // longer lines are hard to read
)

// A page collects a report. Errors of the writer come out once, at flush.
type page struct {
	buf   bytes.Buffer
	width int
	color bool
	ascii bool
	err   error
	// parts are what was written, as data, on a page that only collects it.
	parts   []part
	collect bool
}

func newPage(o Options) *page {
	w := o.Width
	if w == 0 {
		w = defaultWidth
	}
	return &page{width: min(max(w, minWidth), maxWidth), color: o.Color, ascii: o.ASCII}
}

// flush writes the page, without the blanks that padding left at line ends.
func (p *page) flush(w io.Writer) error {
	if p.err != nil {
		return p.err
	}
	for line := range bytes.Lines(p.buf.Bytes()) {
		if _, err := w.Write(append(bytes.TrimRight(line, " \n"), '\n')); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	return nil
}

// section starts a new part, with a remark beside its title.
func (p *page) section(title, remark string) {
	if p.collect {
		p.parts = append(p.parts, part{title: title, remark: remark})
		return
	}
	p.buf.WriteByte('\n')
	p.buf.WriteString(p.paint(p.clean(title), bold))
	if remark != "" {
		p.buf.WriteString("  " + p.paint(p.clean(remark), dim))
	}
	p.buf.WriteByte('\n')
}

// para writes text wrapped to the page; later lines hang under the first's text,
// behind its bullet.
func (p *page) para(lead, text string, t tone) {
	if p.collect {
		p.piece(piece{lead: lead, text: text, tone: t})
		return
	}
	lead = p.clean(lead)
	hang := ""
	if lead != "" {
		hang = strings.Repeat(" ", width(p.clean(bullet)))
	}
	lines := strings.Split(wrap(lead+p.clean(text), p.width-indent-len(hang)), "\n")
	for i, line := range lines {
		if i == 0 && strings.HasPrefix(line, lead) {
			line = lead + p.paint(line[len(lead):], t)
		} else {
			line = hang + p.paint(line, t)
		}
		p.buf.WriteString(strings.Repeat(" ", indent) + line + "\n")
	}
}

func (p *page) grid(g *grid) {
	if p.collect {
		p.piece(piece{grid: g})
		return
	}
	if err := g.write(&p.buf, p); err != nil && p.err == nil {
		p.err = fmt.Errorf("draw a table: %w", err)
	}
}

func (p *page) paint(s string, t tone) string {
	code := sgr[t]
	if !p.color || code == "" || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p *page) paintLines(s string, t tone) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = p.paint(lines[i], t)
	}
	return strings.Join(lines, "\n")
}

var toASCII = strings.NewReplacer("≤", "<=", "≥", ">=", "±", "+-", "→", "->", "Δ", "delta", "θ", "theta",
	"…", "...", "─", "-", "█", "#", "·", "-", "×", "x", "–", "-", "•", "*", "▏", "", "▎", "", "▍", "", "▌", "#", "▋", "#", "▊", "#", "▉", "#")

// clean takes control characters out of what others wrote: a name or an error
// text must not move the cursor. Line feeds stay.
func (p *page) clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		if unicode.IsControl(r) || r == unicode.ReplacementChar || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, s)
	if p.ascii {
		return toASCII.Replace(s)
	}
	return s
}
