package live

import (
	"strings"
	"testing"
)

// A vt is as much of a terminal as the view uses: it folds long lines, scrolls,
// and knows a handful of control sequences. Others fail the test.
type vt struct {
	t             *testing.T
	width, height int
	rows          []string // of the window
	scrolled      []string // above the window
	x, y          int
	hidden        bool
}

func newVT(t *testing.T, width, height int) *vt {
	return &vt{t: t, width: width, height: height, rows: make([]string, height)}
}

func (v *vt) Write(p []byte) (int, error) {
	for s := string(p); s != ""; {
		if seq, rest, ok := escape(s); ok {
			v.control(seq)
			s = rest
			continue
		}
		r := []rune(s)[0]
		s = s[len(string(r)):]
		v.put(r)
	}
	return len(p), nil
}

func escape(s string) (seq, rest string, ok bool) {
	if !strings.HasPrefix(s, "\x1b[") {
		return "", s, false
	}
	end := strings.IndexFunc(s[2:], func(r rune) bool { return r >= '@' && r <= '~' }) + 3
	return s[2:end], s[end:], true
}

func (v *vt) control(seq string) {
	switch seq {
	case "?25l":
		v.hidden = true
	case "?25h":
		v.hidden = false
	case "A":
		v.y = max(0, v.y-1)
	case "K":
		v.rows[v.y] = string([]rune(v.padded())[:v.x])
	case "J":
		v.control("K")
		clear(v.rows[v.y+1:])
	default:
		if !strings.HasSuffix(seq, "m") {
			v.t.Errorf("the terminal does not know %q", seq)
		}
	}
}

func (v *vt) padded() string {
	row := v.rows[v.y]
	return row + strings.Repeat(" ", max(0, v.x-len([]rune(row))))
}

func (v *vt) put(r rune) {
	switch {
	case r == '\r':
		v.x = 0
		return
	case r == '\n':
		v.feed()
		return
	case r < ' ':
		v.t.Errorf("control character %q on the screen", r)
	case v.x == v.width:
		v.feed()
	}
	row := []rune(v.padded())
	row = append(row[:v.x], append([]rune{r}, row[min(v.x+1, len(row)):]...)...)
	v.rows[v.y] = string(row)
	v.x++
}

func (v *vt) feed() {
	v.x = 0
	if v.y++; v.y < v.height {
		return
	}
	v.scrolled = append(v.scrolled, v.rows[0])
	v.rows = append(v.rows[1:], "")
	v.y--
}

// seen is all that was ever on the screen, without the blanks at its end.
func (v *vt) seen() []string {
	var out []string
	for _, r := range append(append([]string{}, v.scrolled...), v.rows...) {
		out = append(out, strings.TrimRight(r, " "))
	}
	for len(out) > 0 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return out
}
