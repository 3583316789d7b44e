package rundir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func made(t *testing.T, root string, ids ...string) []Dir {
	t.Helper()
	var dirs []Dir
	for _, id := range ids {
		d, err := Create(root, id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.WriteAttempt(noon, drill.ScenarioRef{Name: "x"}, nil); err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, d)
	}
	return dirs
}

func TestFind(t *testing.T) {
	root := t.TempDir()
	dirs := made(t, root, "20261123T100000-alpha-0001", "20261123T110000-beta-0002", "20261123T120000-beta-0003")
	tests := []struct {
		name, want, fails string
		err               error
	}{
		{"last", "20261123T120000-beta-0003", "", nil},
		{"20261123T100000-alpha-0001", "20261123T100000-alpha-0001", "", nil},
		{"alpha", "20261123T100000-alpha-0001", "", nil},
		{"beta", "", `ambiguous name of a run: "beta" fits 2 runs: 20261123T120000-beta-0003, 20261123T110000-beta-0002`, ErrAmbiguous},
		{"gamma", "", "no such run", ErrNoRun},
		{"", "", "its name is empty", ErrNoRun},
		{dirs[1].Path(""), "20261123T110000-beta-0002", "", nil},
	}
	for _, tt := range tests {
		got, err := Find(root, tt.name)
		if tt.fails != "" {
			if !errors.Is(err, tt.err) || !strings.Contains(err.Error(), tt.fails) {
				t.Errorf("find %q: %v, want %q", tt.name, err, tt.fails)
			}
			continue
		}
		if err != nil || got.ID != tt.want {
			t.Errorf("find %q: %q (%v), want %q", tt.name, got.ID, err, tt.want)
		}
	}
	for i := range 10 {
		made(t, root, fmt.Sprintf("20261124T1%d0000-delta-0001", i))
	}
	if _, err := Find(root, "delta"); err == nil || !strings.HasSuffix(err.Error(), "20261124T120000-delta-0001, and 2 older") {
		t.Errorf("ten of a name: %v", err)
	}
	if _, err := Find(t.TempDir(), "last"); !errors.Is(err, ErrNoRun) {
		t.Errorf("last of nothing: %v", err)
	}
}

func TestCreateTwiceIsAnError(t *testing.T) {
	root := t.TempDir()
	made(t, root, "one")
	if _, err := Create(root, "one"); err == nil {
		t.Error("a run's directory was made twice")
	}
}

func TestIDsSortByTimeAndSayWhat(t *testing.T) {
	a, b := NewID(noon, "Region Black/hole", 1), NewID(noon.Add(time.Second), "a", 2)
	if a >= b || !strings.Contains(a, "region-black-hole") || strings.ContainsAny(a, "/ ") {
		t.Errorf("ids %q and %q", a, b)
	}
	if long := NewID(noon, strings.Repeat("x", 500), 1); len(long) > 80 {
		t.Errorf("an id of %d characters", len(long))
	}
}

func TestAttemptsOfTheDayAreCounted(t *testing.T) {
	root := t.TempDir()
	made(t, root, NewID(noon.Add(-48*time.Hour), "x", 1), NewID(noon.Add(-time.Hour), "x", 2), NewID(noon.Add(-time.Minute), "x", 3))
	d, err := Create(root, NewID(noon, "x", 4))
	if err != nil {
		t.Fatal(err)
	}
	a, err := d.WriteAttempt(noon, drill.ScenarioRef{Name: "x"}, nil)
	if err != nil || a.PriorToday != 2 || len(a.SHA256) != 64 {
		t.Errorf("attempt %+v (%v), want 2 before it today", a, err)
	}
	back, err := d.ReadAttempt()
	if err != nil || back.RunID != d.ID || !back.RegisteredAt.Equal(noon) {
		t.Errorf("read back %+v (%v)", back, err)
	}
}

func TestSealNamesEveryFileButItself(t *testing.T) {
	d := made(t, t.TempDir(), "one")[0]
	unlock, err := d.Lock()
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if err := os.WriteFile(filepath.Join(d.Path(Logs), "node.log"), []byte("hello\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second must not list the first
		if err := d.Seal(noon); err != nil {
			t.Fatal(err)
		}
	}
	var m ManifestFile
	if err := d.ReadJSON(Manifest, &m); err != nil {
		t.Fatal(err)
	}
	sums := m.Files
	got := map[string]FileSum{}
	for _, s := range sums {
		got[s.Path] = s
	}
	if len(got) != 3 || got[LockFile].SHA256 != Sum(nil) || got["logs/node.log"].SHA256 != Sum([]byte("hello\n")) || got["logs/node.log"].Size != 6 || got[Attempt].Size == 0 {
		t.Errorf("manifest %+v", sums)
	}
}

func TestLockIsExclusiveAndEnds(t *testing.T) {
	d := made(t, t.TempDir(), "one")[0]
	unlock, err := d.Lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Lock(); !errors.Is(err, ErrLocked) {
		t.Errorf("second lock: %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	unlock, err = d.Lock()
	if err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}

func TestWriteLeavesNoHalfFile(t *testing.T) {
	d := made(t, t.TempDir(), "one")[0]
	if err := d.WriteJSON("x.json", map[string]int{"a": 1}); err != nil {
		t.Fatal(err)
	}
	if err := d.WriteJSON("x.json", make(chan int)); err == nil {
		t.Error("what cannot be JSON was written")
	}
	var back map[string]int
	if err := d.ReadJSON("x.json", &back); err != nil || back["a"] != 1 {
		t.Errorf("the old file is gone: %v (%v)", back, err)
	}
	left, err := filepath.Glob(d.Path(".tmp-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}
