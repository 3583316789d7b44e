package cmd

import (
	"testing"

	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/reports/quarter"
)

// Every kind of damage has a class in the quarter's coverage, or its absence would
// be no gap; what the user breaks has none.
func TestEveryFaultHasAClass(t *testing.T) {
	for _, k := range faults.All() {
		if has := quarter.KnownClass(k.Name); has == k.Outside {
			t.Errorf("%s: class %q, want one: %v", k.Name, quarter.Class(k.Name), !k.Outside)
		}
	}
}
