package subject

import (
	"testing"

	"github.com/drillctl/drillctl/scenarios"
)

// Who asks for no retries gets none: a zero must not become the default.
func TestNoRetriesMeansNone(t *testing.T) {
	for _, tt := range []struct {
		in   scenarios.Retries
		want int
	}{
		{scenarios.Retries{Budget: 0.2, Max: 1}, 1},
		{scenarios.Retries{Budget: 0.2, Max: 0}, -1},
		{scenarios.Retries{Budget: 0, Max: 3}, -1},
	} {
		if got := retries(tt.in).Max; got != tt.want {
			t.Errorf("%+v: %d retries at most, want %d", tt.in, got, tt.want)
		}
	}
}
