package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"

	"github.com/drillctl/drillctl/runner/load/ask"
)

// A Problem is one mistake in a scenario file, where it is.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Path    string `json:"path,omitempty"` // e.g. steps[0].for
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

func (p Problem) String() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Format is the problem with its line of the source, a caret, and the hint.
func (p Problem) Format(src []byte) string {
	var b strings.Builder
	fmt.Fprintln(&b, p)
	lines := linesOf(src)
	if p.Line > 0 && p.Line <= len(lines) {
		text := ask.Mask(strings.Map(printable, lines[p.Line-1]))
		if width := utf8.RuneCountInString(text); width <= 200 {
			fmt.Fprintf(&b, "  %5d | %s\n        | %s^\n", p.Line, text, strings.Repeat(" ", max(0, min(p.Column-1, width))))
		}
	}
	if p.Hint != "" {
		fmt.Fprintf(&b, "        = hint: %s\n", p.Hint)
	}
	return b.String()
}

// printable keeps a file from talking to the terminal.
func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return ' '
}

// sortProblems by place, then text, each once.
func sortProblems(ps []Problem) []Problem {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		if a.Column != b.Column {
			return a.Column - b.Column
		}
		return strings.Compare(a.Message, b.Message)
	})
	ps = slices.Compact(ps)
	if more := len(ps) - maxProblems; more > 0 {
		last := ps[maxProblems]
		last.Path, last.Hint, last.Message = "", "mend the first ones", fmt.Sprintf("and %d more problems from here on", more)
		ps = append(ps[:maxProblems:maxProblems], last)
	}
	return ps
}

// maxProblems is as many as somebody could want to read.
const maxProblems = 100

// nearest is the known word that was probably meant, "" if none is near.
func nearest(word string, known []string) string {
	best, dist := "", 3
	if len(word) > maxText {
		return ""
	}
	for _, k := range known {
		if d := levenshtein.ComputeDistance(strings.ToLower(word), k); d < dist && d < len(k) {
			best, dist = k, d
		}
	}
	return best
}

// suggest is the hint for an unknown word.
func suggest(word string, known []string) string {
	list := "known: " + strings.Join(known, ", ")
	if n := nearest(word, known); n != "" {
		return fmt.Sprintf("did you mean %s? %s", n, list)
	}
	return list
}
