package cmd

import (
	"strings"
	"testing"

	"github.com/drillctl/drillctl/cmd/exit"
)

func TestCompareUsage(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"compare", "needs strategies|health-checks|balancing"},
		{"compare nothing", "nothing"},
		{"compare strategies -o xml", "unknown format"},
	} {
		if code, out, stderr := invoke(strings.Fields(tt.args)...); code != exit.Usage || !strings.Contains(out+stderr, tt.want) {
			t.Errorf("%s: exit %d\n%s%s", tt.args, code, out, stderr)
		}
	}
	if _, out, _ := invoke("compare", "--help"); !strings.Contains(out, "active/active") {
		t.Errorf("help names no variants:\n%s", out)
	}
}
