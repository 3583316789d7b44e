package rundir

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// A line that was cut short is replaced; what is no line of ours is not.
func TestChainThatIsDamaged(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, Chain)
	for range 2 {
		if _, err := Extend(root, Link{Kind: LinkAttempt, Run: "r"}); err != nil {
			t.Fatal(err)
		}
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, after string
		lines       int // after one more is added; 0 is an error
	}{
		{"cut short", `{"seq":3,"at"`, 3},
		{"no line", string(bytes.Repeat([]byte{0}, 2*tailBytes)), 0},
		{"no link", "nonsense\n", 0},
	} {
		damaged := append(bytes.Clone(whole), tt.after...)
		if err := os.WriteFile(file, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Extend(root, Link{Kind: LinkAttempt, Run: "r"})
		got, readErr := os.ReadFile(file)
		switch {
		case readErr != nil:
			t.Fatal(readErr)
		case tt.lines == 0 && (err == nil || !bytes.Equal(got, damaged)):
			t.Errorf("%s: %v, and %d bytes of %d are left", tt.name, err, len(got), len(damaged))
		case tt.lines > 0 && (err != nil || bytes.Count(got, []byte("\n")) != tt.lines):
			t.Errorf("%s: %v, %q", tt.name, err, got)
		}
	}
}
