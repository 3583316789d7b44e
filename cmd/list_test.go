package cmd

import (
	"bytes"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/cmd/terminal"
)

// In a terminal no line of the list is wrapped, as far as two columns have room; in a
// pipe all is there.
func TestListFits(t *testing.T) {
	for _, tt := range []struct {
		tty   bool
		width int
		has   string
		lacks string
	}{
		{true, 110, "no room here for must fail with, runtime, labels", "no-failover"},
		{true, 160, "no room here for ", "release-gate"},
		{true, 400, "release-gate", "no room"},
		{true, 20, "no room here", "no-failover"},
		{false, 20, "release-gate", "no room"},
	} {
		var out bytes.Buffer
		env := terminal.Env{Out: &out, OutTTY: tt.tty, Width: func() int { return tt.width }}
		c := newList(env)
		c.SetArgs([]string{})
		if err := c.Execute(); err != nil {
			t.Fatal(err)
		}
		if text := out.String(); !strings.Contains(text, tt.has) || strings.Contains(text, tt.lacks) {
			t.Errorf("%+v:\n%.600s", tt, text)
		}
		for line := range strings.Lines(out.String()) {
			if n := len([]rune(strings.TrimRight(line, " \n"))); tt.tty && tt.width > 100 && n > tt.width {
				t.Errorf("%d columns in %d: %s", n, tt.width, line)
			}
		}
	}
}
