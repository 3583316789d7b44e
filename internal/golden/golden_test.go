package golden

import "testing"

func TestFirstDifference(t *testing.T) {
	for _, c := range []struct {
		name, got, want string
		line            int
		same            bool
	}{
		{"equal", "a\nb\n", "a\nb\n", 0, true},
		{"changed", "a\nx\n", "a\nb\n", 2, false},
		{"shorter", "a", "a\nb", 2, false},
		{"longer", "a\nb\n", "a\nb", 3, false},
		{"empty", "", "a", 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			line, _, _, same := firstDifference([]byte(c.got), []byte(c.want))
			if line != c.line || same != c.same {
				t.Errorf("got line %d, same %v; want line %d, same %v", line, same, c.line, c.same)
			}
		})
	}
}
