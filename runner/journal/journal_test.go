package journal

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/drillctl/drillctl/runtimes"
)

func entry(id string, s State) Entry {
	return Entry{ID: id, State: s, Ref: runtimes.Ref{Runtime: "fake", System: "s", ID: id}, Kind: "stop", Fault: json.RawMessage(`{"grace":"1s"}`)}
}

func ids(es []Entry) string {
	out := ""
	for _, e := range es {
		out += e.ID
	}
	return out
}

func TestOutstandingNewestFirst(t *testing.T) {
	tests := []struct {
		name string
		in   []Entry
		want string
	}{
		{"nothing", nil, ""},
		{"one open", []Entry{entry("a", Intent)}, "a"},
		{"newest first", []Entry{entry("a", Intent), entry("b", Intent), entry("c", Intent)}, "cba"},
		{"one reverted", []Entry{entry("a", Intent), entry("b", Intent), entry("a", Reverted)}, "b"},
		{"again after revert", []Entry{entry("a", Intent), entry("a", Reverted), entry("a", Intent)}, "a"},
		{"intent twice is once", []Entry{entry("a", Intent), entry("a", Intent)}, "a"},
		{"reverted only", []Entry{entry("a", Reverted)}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "journal.jsonl")
			j, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range tt.in {
				if err := j.Append(e); err != nil {
					t.Fatal(err)
				}
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			left, err := Left(path)
			if err != nil {
				t.Fatal(err)
			}
			if got := ids(left); got != tt.want {
				t.Errorf("outstanding %q, want %q", got, tt.want)
			}
		})
	}
}

// A crash can cut the file at any byte: no error, and no intent that was
// acknowledged as on disk is ever lost.
func TestCutAtEveryByte(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "journal.jsonl")
	j, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	var ends []int64
	for i := range 5 {
		if err := j.Append(entry(fmt.Sprint(i), Intent)); err != nil {
			t.Fatal(err)
		}
		st, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, st.Size())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(data) + 1 {
		want := 0
		for _, e := range ends {
			if int64(cut) >= e {
				want++
			}
		}
		left, err := Outstanding(data[:cut])
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if len(left) != want {
			t.Fatalf("cut at %d: %d outstanding, want %d", cut, len(left), want)
		}
		torn := filepath.Join(dir, "torn")
		if err := os.WriteFile(torn, data[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := Open(torn)
		if err != nil {
			t.Fatalf("reopen cut at %d: %v", cut, err)
		}
		if err := j.Append(entry("x", Intent)); err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		left, err = Left(torn)
		if err != nil || len(left) != want+1 {
			t.Fatalf("append after cut at %d: %d outstanding (%v), want %d", cut, len(left), err, want+1)
		}
	}
}

func TestDamageInTheMiddleIsAnError(t *testing.T) {
	if _, err := Outstanding([]byte("{\"id\":\"a\",\"state\":\"intent\"}\ngarbage\n{\"id\":\"b\",\"state\":\"intent\"}\n")); err == nil {
		t.Error("a damaged line passed unnoticed")
	}
	if _, err := Outstanding([]byte("{\"id\":\"a\",\"state\":\"half\"}\n")); err == nil {
		t.Error("an unknown state passed unnoticed")
	}
}

func FuzzOutstanding(f *testing.F) {
	f.Add([]byte("{\"id\":\"a\",\"state\":\"intent\"}\n"))
	f.Add([]byte("{}\n\n{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		left, err := Outstanding(data)
		if err != nil && left != nil {
			t.Error("an error and entries")
		}
	})
}
