package scenarios

import (
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// yamlTrouble is what the YAML parser says, and what is to be done about it.
var yamlTrouble = []struct{ says, hint string }{
	{"mapping values are not allowed", "text with a colon and a space in it needs quotes; or the line is indented too far, or a dash before it has no space after it"},
	{"did not find expected key", "is the key in the same column as its neighbours? Text that goes on after a quote needs quotes around all of it"},
	{"could not find expected ':'", "a key needs a colon and a space after it"},
	{"did not find expected '-' indicator", "the keys of one item begin in the same column, and so do the items of a list"},
	{"block sequence entries are not allowed", "a list begins on a line of its own, below its key"},
	{"did not find expected ',' or", "a bracket or brace is not closed, or text with a comma in it needs quotes"},
	{"found unexpected end of stream", "a quote is not closed"},
	{"found unexpected document indicator", "a quote is not closed"},
	{"cannot start any token", "put text that begins with such a character in quotes"},
	{"unknown escape character", "in double quotes a backslash is written twice; single quotes take it as it is"},
	{"unknown anchor", "an alias (*name) needs its anchor (&name) before it; text that begins with * needs quotes"},
}

var (
	yamlLine   = regexp.MustCompile(`^yaml: (?:line (\d+): )?([^\n]*)`)
	yamlAnchor = regexp.MustCompile(`unknown anchor '(.*)' referenced`)
)

// yamlProblem makes an error of the YAML parser a problem with its place.
func yamlProblem(src []byte, err error) *Problem {
	lines := linesOf(src)
	line, says := yamlError(err)
	if n := troubled(lines, says); n > 0 {
		line = n
	}
	p := &Problem{Line: min(max(1, line), len(lines)), Column: 1, Message: "not YAML: " + says}
	for _, t := range yamlTrouble {
		if p.Hint == "" && strings.Contains(says, t.says) {
			p.Hint = t.hint
		}
	}
	text := lines[p.Line-1]
	indent := text[:len(text)-len(strings.TrimLeft(text, " \t"))]
	p.Column = len(indent) + 1
	if m := yamlAnchor.FindStringSubmatch(says); m != nil {
		p.Column = utf8.RuneCountInString(text[:max(0, strings.Index(text, "*"+m[1]))]) + 1
	}
	if i := strings.IndexByte(indent, '\t'); i >= 0 {
		p.Column, p.Hint = i+1, "YAML is indented with spaces, not with tabs"
	}
	return p
}

// yamlError takes an error apart; the line is 0 where it tells none.
func yamlError(err error) (line int, says string) {
	m := yamlLine.FindStringSubmatch(err.Error())
	if m == nil {
		return 0, strings.ReplaceAll(err.Error(), "\n", " ")
	}
	line, _ = strconv.Atoi(m[1]) // "" is 0
	return line, m[2]
}

// mostLines bounds the files in which troubled looks.
const mostLines = 300

// troubled is the line at which a file cannot be read any more for that reason, 0
// if it is too long to look. The parser itself tells where the block around began,
// or nothing.
func troubled(lines []string, says string) int {
	n := len(lines)
	if n > mostLines {
		return 0
	}
	for n > 1 && fails(strings.Join(lines[:n-1], "\n"), says) {
		n--
	}
	return n
}

func fails(text, says string) bool {
	dec := yaml.NewDecoder(strings.NewReader(text))
	for range 2 { // as document does
		var doc yaml.Node
		err := safeDecode(dec, &doc)
		if errors.Is(err, io.EOF) {
			return false
		}
		if err != nil {
			_, why := yamlError(err)
			return why == says
		}
	}
	return false
}
