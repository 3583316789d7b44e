package drill

import (
	"testing"
	"time"
)

// Noise can keep one route from a recovery that its bounds would allow: the run
// has not recovered before it, unless by less than a slot.
func TestUnionEndsWithTheLastRoute(t *testing.T) {
	t.Parallel()
	const ms, slot = time.Millisecond, 20 * time.Millisecond
	read := Incident{Route: "read", Start: 8430 * ms, RecoveredLow: 11_820 * ms, Recovered: 12_960 * ms, RecoveredHigh: 13_080 * ms, IsRecovered: true}
	for _, tt := range []struct{ write, want time.Duration }{
		{11_930 * ms, 12_960 * ms}, // a second earlier
		{12_945 * ms, 12_945 * ms}, // the slot between two good requests
		{13_500 * ms, 13_500 * ms}, // later
	} {
		write := Incident{Route: "write", Start: 8450 * ms, RecoveredLow: 11_800 * ms, Recovered: tt.write, RecoveredHigh: tt.write + slot, IsRecovered: true}
		got := union([]Incident{read, write}, 5*time.Second, slot)
		if len(got) != 1 || got[0].Recovered != tt.want {
			t.Errorf("writes good at %v: outages %+v, want one that ends at %v", tt.write, got, tt.want)
		}
	}
}
