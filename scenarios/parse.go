package scenarios

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/drillctl/drillctl/faults"
)

// Limits of a scenario file: far above what a drill needs, far below what could
// hurt.
const (
	maxBytes  = 256 << 10
	maxDepth  = 32
	maxNodes  = 20_000
	maxAnchor = 64
)

// Parse reads a scenario and reports every problem it finds, not just the first,
// in order of place. The scenario is nil when there is any. kinds are the faults
// that steps may name.
func Parse(file string, src []byte, kinds []faults.Kind) (*Scenario, []Problem) {
	d := &parser{decoder{file: file, marks: map[string]mark{}, kinds: kinds}}
	root := d.document(src)
	if root == nil {
		return nil, sortProblems(d.problems)
	}
	s := &Scenario{file: file, marks: d.marks}
	defaults(reflect.ValueOf(s).Elem())
	d.mapping(root, reflect.ValueOf(s).Elem(), "", nil)
	if len(d.problems) == 0 {
		s.fill()
		d.problems = append(d.problems, s.check()...)
	}
	if len(d.problems) > 0 {
		return nil, sortProblems(d.problems)
	}
	return s, nil
}

type parser struct{ decoder }

// document turns bytes into one bounded YAML document.
func (d *parser) document(src []byte) *yaml.Node {
	at := func(line, col int, hint, format string, args ...any) *yaml.Node {
		d.problems = append(d.problems, Problem{File: d.file, Line: line, Column: col, Message: fmt.Sprintf(format, args...), Hint: hint})
		return nil
	}
	if len(src) > maxBytes {
		return at(1, 1, "", "the file has %d bytes; at most %d", len(src), maxBytes)
	}
	if i := bytes.IndexByte(src, 0); i >= 0 {
		line, col := place(src, i)
		return at(line, col, "is it a text file?", "a NUL byte")
	}
	if i := firstInvalid(src); i >= 0 {
		line, col := place(src, i)
		return at(line, col, "save the file as UTF-8", "not UTF-8")
	}
	dec := yaml.NewDecoder(bytes.NewReader(src))
	var doc yaml.Node
	if err := safeDecode(dec, &doc); err != nil {
		if errors.Is(err, io.EOF) {
			return at(1, 1, "'drillctl init' writes one to start from", "the file is empty")
		}
		line, msg := yamlError(err)
		return at(line, 1, "", "not YAML: %s", msg)
	}
	var second yaml.Node
	if err := safeDecode(dec, &second); !errors.Is(err, io.EOF) {
		return at(max(1, second.Line), max(1, second.Column), "one scenario a file", "more than one document")
	}
	if len(doc.Content) == 0 || doc.Content[0].Tag == "!!null" {
		return at(1, 1, "'drillctl init' writes one to start from", "the file is empty")
	}
	if p := bounded(doc.Content[0]); p != nil {
		return at(max(1, p.Line), max(1, p.Column), "", "%s", p.Value)
	}
	return doc.Content[0]
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

// bounded returns a node that says what is too much, or nil. Aliases count with
// all they stand for.
func bounded(root *yaml.Node) *yaml.Node {
	nodes, aliases := 0, 0
	var walk func(n *yaml.Node, depth int) *yaml.Node
	walk = func(n *yaml.Node, depth int) *yaml.Node {
		nodes++
		too := func(what string) *yaml.Node { return &yaml.Node{Line: n.Line, Column: n.Column, Value: what} }
		switch {
		case depth > maxDepth:
			return too(fmt.Sprintf("nested more than %d deep", maxDepth))
		case nodes > maxNodes:
			return too(fmt.Sprintf("more than %d values", maxNodes))
		}
		if n.Kind == yaml.AliasNode {
			if aliases++; aliases > maxAnchor {
				return too(fmt.Sprintf("more than %d aliases", maxAnchor))
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

var yamlLine = regexp.MustCompile(`line (\d+): (.*)`)

func yamlError(err error) (line int, msg string) {
	m := yamlLine.FindStringSubmatch(strings.ReplaceAll(err.Error(), "\n", " "))
	if m == nil {
		return 1, strings.TrimPrefix(err.Error(), "yaml: ")
	}
	line, convErr := strconv.Atoi(m[1])
	if convErr != nil {
		line = 1
	}
	return max(1, line), m[2]
}

func firstInvalid(src []byte) int {
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return -1
}

func place(src []byte, offset int) (line, col int) {
	before := src[:offset]
	return bytes.Count(before, []byte("\n")) + 1, offset - bytes.LastIndexByte(before, '\n')
}
