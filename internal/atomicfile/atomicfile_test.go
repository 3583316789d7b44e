package atomicfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func only(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("in the directory: %v, want %v", got, want)
	}
}

func TestWriteReplaces(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.txt")
	for _, text := range []string{"a longer first text", "second"} {
		if err := Write(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("read %q, %v", got, err)
		}
	}
	only(t, dir, "a.txt")
}

func TestWriteIntoNowhere(t *testing.T) {
	if err := Write(filepath.Join(t.TempDir(), "no", "a.txt"), nil); err == nil {
		t.Error("wrote into a directory that is not there")
	}
}

func TestWriteOverADirectoryLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := os.MkdirAll(filepath.Join(path, "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, []byte("x")); err == nil {
		t.Error("wrote over a directory")
	}
	only(t, dir, "a")
}

func TestProbe(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "old.xml"), []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"new.xml": "", "old.xml": "", "no/new.xml": "no such file or directory", ".": "is there and no file", "old.xml/new.xml": "not a directory",
	} {
		err := Probe(filepath.Join(dir, name))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	only(t, dir, "old.xml")
	if got, err := os.ReadFile(filepath.Join(dir, "old.xml")); err != nil || string(got) != "old" {
		t.Errorf("probing changed the file: %q, %v", got, err)
	}
}

func TestReadJSON(t *testing.T) {
	path := filepath.Join(t.TempDir(), "made", "state.json")
	got := []string{"as before"}
	if err := ReadJSON(path, 0o700, &got); err != nil || len(got) != 1 {
		t.Errorf("nothing is there: %v, %v", got, err)
	}
	if st, err := os.Stat(filepath.Dir(path)); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("its directory: %v, %v", st, err)
	}
	if err := Write(path, []byte(`["a","b"]`)); err != nil {
		t.Fatal(err)
	}
	if err := ReadJSON(path, 0o700, &got); err != nil || strings.Join(got, "") != "ab" {
		t.Errorf("%v, %v", got, err)
	}
	if err := Write(path, []byte(`["a",`)); err != nil {
		t.Fatal(err)
	}
	if err := ReadJSON(path, 0o700, &got); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("half a file: %v", err)
	}
}
