package markdown

import (
	"strings"
	"testing"

	_ "github.com/drillctl/drillctl/internal/golden" // for -update of all reports at once
)

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"plain text, 4.31 s":       "plain text, 4.31 s",
		`a|b \| c`:                 `a\|b \\\| c`,
		"*x* _y_ `z` ~q~ #1":       "\\*x\\* \\_y\\_ \\`z\\` \\~q\\~ \\#1",
		"[x](y) <b> & @team":       "\\[x\\](y) &lt;b&gt; &amp; @\u200bteam",
		"two\nlines\x1b[31m\u202e": "two lines \\[31m ",
	} {
		if got := Escape(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := Code("a`b\nc_d"); got != "a b c_d" {
		t.Errorf("code %q", got)
	}
}

// Whatever stands in a cell, every line has as many cells as the head.
func TestTable(t *testing.T) {
	table := Table{Head: []string{"one", "two"}}
	if got := table.String(); got != "" {
		t.Errorf("an empty table: %q", got)
	}
	table.Row("a|b", "\\")
	table.Row("", "c\n| d | e |")
	for line := range strings.Lines(table.String()) {
		if n := strings.Count(strings.NewReplacer(`\\`, "", `\|`, "").Replace(line), "|"); n != 3 {
			t.Errorf("%d bars: %s", n, line)
		}
	}
}
