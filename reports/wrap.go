package reports

import (
	"strings"
	"unicode"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

func width(s string) int { return twwidth.Width(s) }

// wrap breaks text between words to lines of at most w columns; a longer word
// gets a line of its own, cut where it must be.
func wrap(s string, w int) string {
	var out []string
	for para := range strings.SplitSeq(s, "\n") {
		if width(para) <= w {
			out = append(out, para)
			continue
		}
		line := ""
		for _, word := range words(para) {
			if line != "" && width(line)+1+width(word) > w {
				out, line = append(out, line), ""
			}
			for line == "" && width(word) > w {
				head := cut(word, w)
				out, word = append(out, head), word[len(head):]
			}
			if line != "" {
				line += " "
			}
			line += word
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// words splits text between words, but keeps a number and its unit together.
func words(s string) []string {
	var out []string
	for _, w := range strings.Fields(s) {
		if last := len(out) - 1; last >= 0 && isUnit(w) && unicode.IsDigit(rune(out[last][len(out[last])-1])) {
			out[last] += " " + w
		} else {
			out = append(out, w)
		}
	}
	return out
}

func isUnit(w string) bool {
	switch strings.TrimRight(w, ".,;:)") {
	case "s", "ms", "min", "h", "d", "%":
		return true
	}
	return false
}

// cut is the longest beginning of s that fits into w columns, at least one rune.
func cut(s string, w int) string {
	n := 0
	for i, r := range s {
		n += width(string(r))
		if i > 0 && n > w {
			return s[:i]
		}
	}
	return s
}
