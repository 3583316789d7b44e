package drill

import "testing"

// TestNumbersForPeople: what a reader is told is no power of ten, and a value that
// misses its target does not read as the target.
func TestNumbersForPeople(t *testing.T) {
	for _, c := range []struct {
		unit      Unit
		v, target float64
		want      string
	}{
		{Seconds, 0.00001, 1, "0.00001 s"}, {Seconds, 0.017861827, 0.00001, "0.01786 s"}, {Seconds, 14402.31, 14400, "14402 s"},
		{Seconds, 14400.3, 14400, "14400.3 s"}, {Seconds, 10.0004, 10, "10.0004 s"}, {Seconds, 10, 10, "10 s"}, {Seconds, 0, 1, "0 s"},
		{Ratio, 0.899996, 0.9, "89.9996 %"}, {Ratio, 0.5, 0.9, "50 %"}, {Count, 123456, 0, "123456"},
	} {
		if got := c.unit.apart(c.v, c.target); got != c.want {
			t.Errorf("%v beside %v: %q, want %q", c.v, c.target, got, c.want)
		}
	}
}
