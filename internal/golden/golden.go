// Package golden compares what a test made with a file in its testdata
// directory. `go test -update` rewrites the files; look at the diff.
package golden

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "rewrite golden files")

// Assert fails t unless got equals testdata/name, byte for byte.
func Assert(t testing.TB, name string, got []byte) {
	t.Helper()
	AssertFile(t, filepath.Join("testdata", name), got)
}

// AssertFile is Assert for a path of the caller's choice, for generated files
// that live elsewhere than in testdata.
func AssertFile(t testing.TB, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run the test with -update to make it)", err)
	}
	if line, g, w, same := firstDifference(got, want); !same {
		t.Errorf("%s, line %d:\n got  %s\n want %s\n(-update rewrites it)", path, line, g, w)
	}
}

// firstDifference finds the first line in which two texts differ.
func firstDifference(got, want []byte) (line int, g, w []byte, same bool) {
	if bytes.Equal(got, want) {
		return 0, nil, nil, true
	}
	gs, ws := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range max(len(gs), len(ws)) {
		g, w = at(gs, i), at(ws, i)
		if !bytes.Equal(g, w) {
			return i + 1, g, w, false
		}
	}
	return len(gs), nil, nil, false
}

func at(lines [][]byte, i int) []byte {
	if i < len(lines) {
		return lines[i]
	}
	return []byte("(no such line)")
}
