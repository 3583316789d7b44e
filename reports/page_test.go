package reports

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/internal/golden"
)

func TestWrap(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"short", "one two", "one two"},
		{"between words", "one two three", "one two\nthree"},
		{"a long word", "abcdefghijklm", "abcdefghij\nklm"},
		{"keeps lines", "a\nb", "a\nb"},
		{"a number with its unit", "waited 30 s", "waited\n30 s"},
		{"wide characters", "日本語日本語", "日本語日本\n語"},
		{"empty", "", ""},
	} {
		if got := wrap(c.in, 10); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

var codes = regexp.MustCompile("\x1b\\[[0-9;]*m")

// TestColorOnlyAdds shows that colour changes neither words nor layout, and that
// there is none unless it was asked for.
func TestColorOnlyAdds(t *testing.T) {
	for name := range madeUp() {
		without := table(t, name, Options{Width: 80})
		with := table(t, name, Options{Width: 80, Color: true})
		if bytes.Contains(without, []byte("\x1b")) {
			t.Errorf("%s: colour without being told", name)
		}
		if bytes.Equal(with, without) {
			t.Errorf("%s: no colour at all", name)
		}
		if got := codes.ReplaceAll(with, nil); !bytes.Equal(trimLines(got), without) {
			t.Errorf("%s: colour changed the text:\n%s", name, got)
		}
	}
}

func trimLines(b []byte) []byte {
	lines := strings.Split(string(b), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return []byte(strings.Join(lines, "\n"))
}

func TestASCII(t *testing.T) {
	for name := range madeUp() {
		for i, c := range table(t, name, Options{ASCII: true}) {
			if c > 126 || c < ' ' && c != '\n' {
				t.Fatalf("%s: byte %d is %#x", name, i, c)
			}
		}
	}
	golden.Assert(t, "pass.ascii.txt", table(t, "pass", Options{ASCII: true}))
}

// TestHostileRecord: what the system under test says must not reach the terminal
// as control sequences, nor break the table.
func TestHostileRecord(t *testing.T) {
	rec := failed()
	evil := "a\x1b[2J\x1b]0;title\x07b\rc\u202e\u009b31m\xff"
	rec.Scenario.Name, rec.Spec.Title, rec.Reason = evil, evil, evil
	rec.Objectives[1].Reason = evil
	rec.Analysis.Faults[0].Problem, rec.Analysis.Faults[0].Evidence[0], rec.Analysis.Faults[0].Step.Targets[0] = evil, evil, evil
	rec.Analysis.Incidents[0].Bad = map[string]uint64{evil: 3}
	rec.Analysis.Regions[0].Region, rec.Analysis.Ledger.FinalReads[2].Err = evil, evil
	rec.Analysis.Notes, rec.RunID, rec.Dir = []string{evil}, evil, evil
	var b bytes.Buffer
	if err := renderTable(&b, rec, Options{}); err != nil {
		t.Fatal(err)
	}
	if i := bytes.IndexAny(b.Bytes(), "\x1b\x07\r\u202e\u009b"); i >= 0 {
		t.Errorf("a control character at byte %d: %q", i, b.Bytes()[i:min(i+20, b.Len())])
	}
}

// TestNoBareZeroForUnknown reads every row of what an unmeasured drill prints.
func TestNoBareZeroForUnknown(t *testing.T) {
	out := string(table(t, "interrupted", Options{}))
	if n := strings.Count(out, "not measured"); n < 5 {
		t.Errorf("%d of 5 unknown readings say so:\n%s", n, out)
	}
	if strings.Contains(string(table(t, "inconclusive", Options{})), "0 lost") {
		t.Error("a ledger that was never read back says 0 lost")
	}
}

type brokenWriter struct{}

var errBroken = errors.New("disk full")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestWriterErrorsComeOut(t *testing.T) {
	for _, f := range All() {
		if err := f.Render(brokenWriter{}, passed(), Options{}); !errors.Is(err, errBroken) {
			t.Errorf("%s: got %v", f.Name, err)
		}
	}
}

// TestNarrowAndWide must neither fail nor lose a verdict.
func TestNarrowAndWide(t *testing.T) {
	for _, w := range []int{-5, 1, 20, 60, 61, 79, 100, 500} {
		out := string(table(t, "fail", Options{Width: w}))
		if strings.Count(out, "FAIL") < 3 {
			t.Errorf("width %d: not all verdicts are there:\n%s", w, out)
		}
	}
}
