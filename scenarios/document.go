package scenarios

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Limits of a scenario file: far above what a drill needs, far below what could
// hurt.
const (
	maxBytes   = 256 << 10
	maxDepth   = 32
	maxNodes   = 20_000
	maxAliases = 64
)

// bom is what some editors begin UTF-8 with; it says nothing.
var bom = []byte("\xef\xbb\xbf")

const startHint = "'drillctl init' writes one to start from"

// document turns bytes into one bounded YAML document, or says why not.
func document(src []byte) (*yaml.Node, *Problem) {
	if p := textual(src); p != nil {
		return nil, p
	}
	dec := yaml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(src, bom)))
	var doc, second yaml.Node
	switch err := safeDecode(dec, &doc); {
	case errors.Is(err, io.EOF):
		return nil, &Problem{Line: 1, Column: 1, Message: "the file is empty", Hint: startHint}
	case err != nil:
		return nil, yamlProblem(src, err)
	}
	switch err := safeDecode(dec, &second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return nil, yamlProblem(src, err)
	default:
		return nil, &Problem{Line: max(1, second.Line), Column: max(1, second.Column), Message: "more than one document", Hint: "one scenario a file"}
	}
	if len(doc.Content) == 0 || doc.Content[0].ShortTag() == "!!null" {
		return nil, &Problem{Line: 1, Column: 1, Message: "the file is empty", Hint: startHint}
	}
	if p := bounded(doc.Content[0]); p != nil {
		return nil, p
	}
	return doc.Content[0], nil
}

// textual says what keeps bytes from being a text file of reasonable size.
func textual(src []byte) *Problem {
	at := func(offset int, message, hint string) *Problem {
		line, col := place(src, offset)
		return &Problem{Line: line, Column: col, Message: message, Hint: hint}
	}
	if len(src) > maxBytes {
		return at(0, fmt.Sprintf("the file is too large; at most %d bytes", maxBytes), "a scenario fits on two screens")
	}
	if bytes.HasPrefix(src, []byte("\xff\xfe")) || bytes.HasPrefix(src, []byte("\xfe\xff")) {
		return at(0, "the file is UTF-16", "save it as UTF-8")
	}
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		switch {
		case r == 0:
			return at(i, "a NUL byte", "is it a text file?")
		case r == utf8.RuneError && n <= 1:
			return at(i, "not UTF-8", "save the file as UTF-8")
		}
		i += n
	}
	return nil
}

// safeDecode guards against a parser that panics on a strange file.
func safeDecode(dec *yaml.Decoder, n *yaml.Node) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the YAML parser gave up: %v", p)
		}
	}()
	return dec.Decode(n)
}

// bounded says what is too much, or a tag. Aliases count with all they stand for.
func bounded(root *yaml.Node) *Problem {
	nodes, aliases := 0, 0
	var walk func(n *yaml.Node, depth int) *Problem
	walk = func(n *yaml.Node, depth int) *Problem {
		nodes++
		bad := func(format string, args ...any) *Problem {
			return &Problem{Line: max(1, n.Line), Column: max(1, n.Column), Message: fmt.Sprintf(format, args...)}
		}
		switch {
		case depth > maxDepth:
			return bad("nested more than %d deep", maxDepth)
		case nodes > maxNodes:
			return bad("more than %d values, with all that aliases stand for", maxNodes)
		case n.Style&yaml.TaggedStyle != 0:
			return bad("tag %s: tags mean nothing here", clip(n.Tag))
		}
		if n.Kind == yaml.AliasNode {
			if aliases++; aliases > maxAliases {
				return bad("more than %d aliases", maxAliases)
			}
			return walk(n.Alias, depth+1)
		}
		for _, c := range n.Content {
			if p := walk(c, depth+1); p != nil {
				return p
			}
		}
		return nil
	}
	return walk(root, 0)
}

// lineBreak is what YAML ends lines with; editors differ, but positions come from
// its parser.
var lineBreak = regexp.MustCompile("\r\n|[\n\r\u0085\u2028\u2029]")

func linesOf(src []byte) []string { return lineBreak.Split(string(bytes.TrimPrefix(src, bom)), -1) }

// place is line and column, in characters, of a byte.
func place(src []byte, offset int) (line, col int) {
	before := linesOf(src[:offset])
	return len(before), utf8.RuneCountInString(before[len(before)-1]) + 1
}
