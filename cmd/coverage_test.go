package cmd

import (
	"testing"

	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/reports/quarter"
)

// Every kind of damage has a class in the quarter's coverage, or its absence would
// be no gap; what the user breaks has none.
func TestDocsEveryFaultHasAClass(t *testing.T) {
	for _, k := range faults.All() {
		if has := quarter.KnownClass(k.Name); has == k.Outside {
			t.Errorf("%s has a class in reports/quarter/coverage.go: %v, want %v", k.Name, has, !k.Outside)
		}
	}
}
