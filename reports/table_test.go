package reports

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/internal/golden"
)

func table(t *testing.T, name string, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := renderTable(&b, madeUp()[name], o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTable(t *testing.T) {
	for name := range madeUp() {
		for _, w := range []int{80, 120} {
			t.Run(fmt.Sprintf("%s/%d", name, w), func(t *testing.T) {
				got := table(t, name, Options{Width: w})
				for i, line := range strings.Split(string(got), "\n") {
					if width(line) > w {
						t.Errorf("line %d is %d columns wide, not %d: %s", i+1, width(line), w, line)
					}
				}
				golden.Assert(t, fmt.Sprintf("%s.%d.txt", name, w), got)
			})
		}
	}
}
