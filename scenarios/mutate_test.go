package scenarios

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/drillctl/drillctl/faults"
)

// strange are values that somebody, or something, might write.
var strange = []string{"", "~", "0", "-1", "3", "03", "0x3", "1e3", ".5", ".inf", ".nan", "99999999999999999999", "yes", "true", "2026-11-23", `""`, `"2"`, "x", `"ü\n"`,
	"0s", "1ns", "5s", "90m", "366d", "5", "1/h", "1/s", "99999/s", "0%", "100%", "33.333333333333336%", "< 5%", "all", "one", "us-east", "us-east-api-1", "api", "[]", "[x]", "[us-east]", "[[]]", "{}", "{a: b}", "{region: eu}",
	strings.Repeat("9", 100), strings.Repeat("x", 300)}

// Every value of the scenario with every key is replaced by every strange one:
// it is refused with places, or is valid in the schema's eyes, too, and stable.
// The race detector, which has nothing to find here, makes do with one in seven.
func TestStrangeValues(t *testing.T) {
	var doc yaml.Node
	if err := yaml.Unmarshal(corpus(t, "ok")["everything"], &doc); err != nil {
		t.Fatal(err)
	}
	kinds, schema := faults.All(), schemaOf(t)
	n, passed, refused, enough := 0, 0, 0, 1000
	if raced {
		enough /= 7
	}
	everyValue(&doc, func(put func(*yaml.Node)) {
		for _, text := range strange {
			if n++; raced && n%7 > 0 {
				continue
			}
			var v yaml.Node
			if err := yaml.Unmarshal([]byte(text), &v); err != nil {
				t.Fatal(err)
			}
			if len(v.Content) == 0 {
				v.Content = []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!null"}}
			}
			put(v.Content[0])
			src, err := yaml.Marshal(&doc)
			if err != nil {
				t.Fatal(err)
			}
			s, problems := Parse("strange", src, kinds)
			inside(t, problems, src)
			if s == nil {
				refused++
				continue
			}
			passed++
			if err := schema.Validate(asJSON(t, src)); err != nil {
				t.Errorf("%s: not valid by the schema: %v\n%s", text, err, src)
			}
			again, problems := Parse("again", s.Resolved(), kinds)
			if len(problems) > 0 || !bytes.Equal(again.Resolved(), s.Resolved()) {
				t.Errorf("%s: resolved, it is another: %v\n%s", text, problems, s.Resolved())
			}
		}
	})
	if passed < enough/10 || refused < enough {
		t.Errorf("only %d passed and %d were refused", passed, refused)
	}
}

// everyValue calls f for each value below n, with a way to put another in its
// place; afterwards the old one is put back.
func everyValue(n *yaml.Node, f func(put func(*yaml.Node))) {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			continue
		}
		f(func(v *yaml.Node) { n.Content[i] = v })
		n.Content[i] = c
		everyValue(c, f)
	}
}

// Every key left out, given twice, or misspelt is a problem or makes no
// difference to the rest.
func TestStrangeKeys(t *testing.T) {
	var doc yaml.Node
	if err := yaml.Unmarshal(corpus(t, "ok")["everything"], &doc); err != nil {
		t.Fatal(err)
	}
	kinds, schema := faults.All(), schemaOf(t)
	everyMapping(&doc, "", func(m *yaml.Node, i int, path string) {
		key := m.Content[i]
		whole := m.Content
		for how, content := range map[string][]*yaml.Node{
			"misspelt": append(append([]*yaml.Node{}, whole...), &yaml.Node{Kind: yaml.ScalarNode, Value: key.Value + "x"}, whole[i+1]),
			"twice":    append(append([]*yaml.Node{}, whole...), key, whole[i+1]),
			"left out": append(append([]*yaml.Node{}, whole[:i]...), whole[i+2:]...),
		} {
			m.Content = content
			src, err := yaml.Marshal(&doc)
			m.Content = whole
			if err != nil {
				t.Fatal(err)
			}
			s, problems := Parse("strange", src, kinds)
			inside(t, problems, src)
			at := fmt.Sprintf("%s.%s %s", path, key.Value, how)
			inRegions := strings.HasSuffix(path, ".regions") || strings.HasSuffix(path, ".labels") || path == ".load.from" // whose keys are the user's
			if how != "left out" && s != nil && !inRegions {
				t.Errorf("%s: nobody noticed", at)
			}
			if how == "misspelt" && !inRegions && schema.Validate(asJSON(t, src)) == nil {
				t.Errorf("%s: the schema did not notice", at)
			}
			if s != nil && schema.Validate(asJSON(t, src)) != nil {
				t.Errorf("%s: not valid by the schema", at)
			}
		}
	})
}

func everyMapping(n *yaml.Node, path string, f func(m *yaml.Node, i int, path string)) {
	for i, c := range n.Content {
		switch {
		case n.Kind != yaml.MappingNode:
			everyMapping(c, path, f)
		case i%2 == 0:
			f(n, i, path)
			everyMapping(n.Content[i+1], path+"."+c.Value, f)
		}
	}
}
