package reports

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A node is one element of a JUnit document.
type node struct {
	name  string
	attrs map[string]string
	text  string
	nodes []*node
}

func (n *node) all(name string) (out []*node) {
	for _, c := range n.nodes {
		if c.name == name {
			out = append(out, c)
		}
	}
	return out
}

// cases are those of all suites, as each reader walks them.
func (n *node) cases(yield func(suite, c *node) error) error {
	for _, s := range n.all("testsuite") {
		for _, c := range s.all("testcase") {
			if err := yield(s, c); err != nil {
				return fmt.Errorf("%s / %s: %w", s.attrs["name"], c.attrs["name"], err)
			}
		}
		if err := s.cases(yield); err != nil {
			return err
		}
	}
	return nil
}

// wrong are the elements that make a case red.
func (n *node) wrong() []*node { return append(n.all("failure"), n.all("error")...) }

func parseXML(doc []byte) (*node, error) {
	dec := xml.NewDecoder(bytes.NewReader(doc))
	top := &node{}
	open := []*node{top}
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			if len(open) > 1 || len(top.nodes) != 1 {
				return nil, errors.New("not one whole document")
			}
			return top.nodes[0], nil
		}
		if err != nil {
			return nil, err
		}
		in := open[len(open)-1]
		switch x := tok.(type) {
		case xml.StartElement:
			n := &node{name: x.Name.Local, attrs: map[string]string{}}
			for _, a := range x.Attr {
				if _, twice := n.attrs[a.Name.Local]; twice {
					return nil, fmt.Errorf("%s has %s twice", n.name, a.Name.Local)
				}
				n.attrs[a.Name.Local] = a.Value
			}
			in.nodes, open = append(in.nodes, n), append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			in.text += string(x)
		}
	}
}

// A junitReader is one that must understand our JUnit files: what it asks of them, by
// its own source at a commit, and documents that each break one of its rules.
type junitReader struct {
	name, source string
	check        func(*node) error
	refuses      []string
}

// suiteOf is a document of one suite with these cases.
func suiteOf(cases string) string {
	return `<testsuites time="1"><testsuite name="a" tests="1" failures="0" errors="0" time="1" file="a.yaml">` + cases + `</testsuite></testsuites>`
}

var junitReaders = []junitReader{
	{"Jenkins, xUnit plugin", "github.com/jenkinsci/xunit-plugin 8c515de2, src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd", checkSchema, []string{
		`<testsuite name="a" tests="0" failures="0" errors="0"/>`,
		`<testsuites><testcase name="a"/></testsuites>`,
		`<testsuites><testsuite name="a" tests="0" failures="0"/></testsuites>`,
		`<testsuites skipped="0"/>`,
		`<testsuites time="1e3"/>`,
		`<testsuites time="1.2345"/>`,
		`<testsuites>text</testsuites>`,
		suiteOf(`<testcase name="a" file="x"/>`),
		suiteOf(`<testcase classname="a"/>`),
		suiteOf(`<testcase name="a"><properties/></testcase>`),
		suiteOf(`<testcase name="a">text</testcase>`),
		suiteOf(`<properties><property name="a"/></properties>`),
		suiteOf(`<testcase name="a"><failure line="3"/></testcase>`),
	}},
	{"Jenkins, JUnit plugin", "github.com/jenkinsci/junit-plugin c64aedde, SuiteResult.java, CaseResult.java", checkJenkins, []string{
		suiteOf(`<testcase name="a" classname="a" time="soon"/>`),
		suiteOf(`<testcase name="a" time="1"/>`),                                             // the suite's name would stand for it
		suiteOf(`<testcase classname="a" time="1"/>`),                                        // NullPointerException
		suiteOf(`<error message="a"/>`),                                                      // a case <init> is made up
		`<testsuites><testsuite name="a"/></testsuites>`,                                     // "FIXME: do this also if no testcases": dropped without a word
		suiteOf(`<testcase name="a" classname="a" time="1"><failure>b</failure></testcase>`), // no error details
		`<testsuites><testsuite name="a"><testcase name="a" classname="a" time="1"/></testsuite><testsuite name="a"><testcase name="b" classname="a" time="1"/></testsuite></testsuites>`,
	}},
	{"GitLab", "gitlab-org/gitlab lib/gitlab/ci/parsers/test/junit.rb and reports/test_case.rb, by its mirror gitlabhq/gitlabhq 028d8ac9; rails/rails ActiveSupport::XmlMini::PARSING", checkGitLab, []string{
		`<testcase name="a" classname="a" time="1"/>`, // no level of suites: not read
		suiteOf(`<testcase name="a" classname="a" time="1"/><testcase name="a" classname="a" time="1"/>`),
		suiteOf(`<testcase name="a" classname="a" time="1"><error type="x" message="only here"/></testcase>`),
		suiteOf(`<testcase name="a" classname="a" time="1"><failure type="integer">text</failure></testcase>`),
		suiteOf(`<testcase name="a" classname="a" time="1"><failure type="yaml">text</failure></testcase>`),
		suiteOf(`<testcase name="a" classname="a" time="1"><failure>1</failure><error>2</error></testcase>`),
		suiteOf(`<testcase name="a" classname="a" time="1,234.5"/>`),
		suiteOf(`<testcase name="a" classname="a" time="3"/><testcase name="b" classname="a" time="3"/>`), // 6 s of a suite of 1 s
		suiteOf(`<testcase name="a" time="1"/>`),
	}},
	{"GitHub, dorny/test-reporter", "github.com/dorny/test-reporter 29672c52, src/parsers/java-junit/java-junit-parser.ts", checkDorny, []string{
		`<testsuites><testsuite tests="1"><testcase name="a" classname="a" time="1"/></testsuite></testsuites>`, // ts.$.name.trim() of undefined
		suiteOf(`<testcase classname="a" time="1"/>`),
		suiteOf(`<testcase name="a" time="1"/>`),
		suiteOf(`<testcase name="a" classname="a"/>`), // NaN
		suiteOf(`<testcase name="a" classname="a" time="1"><error type="x">text</error></testcase>`),
		suiteOf(`<testcase name="a" classname="a" time="1"><failure message="a"/><failure message="b"/></testcase>`), // the second is not shown
		suiteOf(`<testcase name="a" classname="a" time="1"><skipped/></testcase>`),
		`<testsuites><testsuite name="a" time="1"><testsuite name="b" time="1"/></testsuite></testsuites>`, // nested ones are not read
	}},
	{"GitHub, mikepenz/action-junit-report", "github.com/mikepenz/action-junit-report 305cd1f4, src/testParser.ts", checkMikepenz, []string{
		`<report/>`,
		suiteOf(`<testcase classname="a" time="1"/>`),
		suiteOf(`<testcase name="a" classname="a" time="x"/>`),
		suiteOf(`<testcase name="a" classname="a" time="1"><error type="x"/></testcase>`), // the name would be the message
		suiteOf(`<testcase name="a" classname="a" time="1" status="disabled"><failure message="a">a</failure></testcase>`),
		suiteOf(`<testcase name="a" classname="a" time="1"><skipped/><failure message="a">a</failure></testcase>`),
		`<testsuites><testsuite name="a"><testcase name="a" classname="a" time="1"><failure message="a">a</failure></testcase></testsuite></testsuites>`, // no file: it looks for one called as the class
	}},
}

// An element is one of the schema of Jenkins' xUnit plugin, as far as we use it.
type element struct {
	required, optional []string
	children           []string
	text               bool // may hold text
}

var junit10 = map[string]element{
	"testsuites": {optional: []string{"name", "time", "tests", "failures", "errors"}, children: []string{"testsuite"}},
	"testsuite": {required: []string{"name", "tests", "failures", "errors"}, optional: []string{"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url", "version"},
		children: []string{"testsuite", "properties", "testcase", "system-out", "system-err"}},
	"properties": {children: []string{"property"}},
	"property":   {required: []string{"name", "value"}},
	"testcase":   {required: []string{"name"}, optional: []string{"time", "classname", "group"}, children: []string{"skipped", "error", "failure", "system-out", "system-err"}},
	"failure":    {optional: []string{"type", "message"}, text: true}, "error": {optional: []string{"type", "message"}, text: true}, "skipped": {optional: []string{"type", "message"}, text: true},
	"system-out": {text: true}, "system-err": {text: true},
}

var surefireTime = regexp.MustCompile(`^(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]{0,3})?$`)

func checkSchema(root *node) error {
	if root.name != "testsuites" {
		return fmt.Errorf("the root is %s", root.name)
	}
	return checkElement(root)
}

func checkElement(n *node) error {
	def, ok := junit10[n.name]
	if !ok {
		return fmt.Errorf("no element %s", n.name)
	}
	for a, v := range n.attrs {
		if !slices.Contains(append(def.required, def.optional...), a) {
			return fmt.Errorf("%s has %s", n.name, a)
		}
		if a == "time" && n.name != "testcase" && !surefireTime.MatchString(v) {
			return fmt.Errorf("%s: time %q", n.name, v)
		}
	}
	for _, r := range def.required {
		if _, ok := n.attrs[r]; !ok {
			return fmt.Errorf("%s has no %s", n.name, r)
		}
	}
	if !def.text && strings.TrimSpace(n.text) != "" {
		return fmt.Errorf("%s holds text", n.name)
	}
	for _, c := range n.nodes {
		if !slices.Contains(def.children, c.name) {
			return fmt.Errorf("%s in %s", c.name, n.name)
		}
		if err := checkElement(c); err != nil {
			return err
		}
	}
	return nil
}

func checkJenkins(root *node) error {
	names := map[string]bool{}
	for _, s := range root.all("testsuite") {
		switch name := s.attrs["name"]; {
		case name == "" || names[name]:
			return fmt.Errorf("two suites %q are shown as one", name)
		case len(s.all("testcase")) == 0:
			return fmt.Errorf("suite %s has no case and is dropped", name)
		case len(s.all("error")) > 0:
			return errors.New("an error of a suite is shown as a case <init>")
		default:
			names[name] = true
		}
	}
	return root.cases(func(_, c *node) error {
		if c.attrs["name"] == "" || c.attrs["classname"] == "" {
			return errors.New("no name or no classname")
		}
		if _, err := strconv.ParseFloat(c.attrs["time"], 32); err != nil {
			return err
		}
		for _, w := range c.wrong() {
			if w.attrs["message"] == "" {
				return errors.New("no message: no error details are shown")
			}
		}
		return nil
	})
}

// railsTypes are values of an attribute "type" for which Rails' Hash.from_xml makes
// something else of an element's text, or refuses it.
var railsTypes = []string{"symbol", "date", "datetime", "dateTime", "duration", "integer", "float", "double", "decimal", "boolean", "string", "yaml", "base64Binary", "hexBinary", "binary", "file", "array", "hash"}

// maxGitLabReport is in bytes: docs.gitlab.com/ci/testing/unit_test_reports, "less
// than 30 MB".
const maxGitLabReport = 30 << 20

func checkGitLab(root *node) error {
	if root.name != "testsuites" && root.name != "testsuite" {
		return errors.New("cases outside of suites are not read")
	}
	keys, sums := map[string]bool{}, map[*node]float64{}
	err := root.cases(func(s, c *node) error {
		key := strings.Join([]string{s.attrs["name"], c.attrs["classname"], c.attrs["name"]}, "_")
		took, timeErr := strconv.ParseFloat(c.attrs["time"], 64) // Ruby's to_f takes what can be read, 1 of "1,234.5"
		sums[s] += took
		switch {
		case keys[key]:
			return errors.New("the second of equal cases is dropped")
		case c.attrs["classname"] == "":
			return errors.New("the column Suite is empty")
		case timeErr != nil:
			return timeErr
		case len(c.wrong()) > 1:
			return errors.New("of several failures and errors one is shown")
		}
		keys[key] = true
		for _, w := range c.wrong() {
			if strings.TrimSpace(w.text) == "" {
				return errors.New("the output is a Hash of the attributes, not text")
			}
			if slices.Contains(railsTypes, w.attrs["type"]) {
				return fmt.Errorf("Rails reads the text as %s", w.attrs["type"])
			}
		}
		return nil
	})
	for s, sum := range sums {
		if whole, parseErr := strconv.ParseFloat(s.attrs["time"], 64); err == nil && parseErr == nil && sum > whole+0.001 {
			return fmt.Errorf("a suite of %g s is told to take %g s, the sum of its cases", whole, sum)
		}
	}
	return err
}

func checkDorny(root *node) error {
	for _, s := range root.all("testsuite") {
		if _, ok := s.attrs["name"]; !ok {
			return errors.New("a suite without a name: TypeError")
		}
		if _, err := strconv.ParseFloat(s.attrs["time"], 64); err != nil {
			return err
		}
		if len(s.all("testsuite")) > 0 {
			return errors.New("suites in suites are not read")
		}
	}
	return root.cases(func(_, c *node) error {
		_, named := c.attrs["name"]
		_, classed := c.attrs["classname"]
		_, timeErr := strconv.ParseFloat(c.attrs["time"], 64)
		switch {
		case !named:
			return errors.New("a case without a name: TypeError")
		case !classed:
			return errors.New("the group is called undefined")
		case timeErr != nil:
			return timeErr
		case len(c.wrong()) > 1:
			return errors.New("only the first failure is shown")
		case len(c.all("skipped")) > 0:
			return errors.New("skipped is not red")
		case len(c.wrong()) == 1 && c.wrong()[0].attrs["message"] == "":
			return errors.New("the message is undefined")
		}
		return nil
	})
}

func checkMikepenz(root *node) error {
	if root.name != "testsuites" && root.name != "testsuite" {
		return errors.New("no root test suite")
	}
	return root.cases(func(s, c *node) error {
		if _, ok := c.attrs["name"]; !ok {
			return errors.New("a case without a name")
		}
		if v, ok := c.attrs["time"]; ok {
			if _, err := strconv.ParseFloat(v, 64); err != nil {
				return err
			}
		}
		if c.attrs["status"] == "disabled" || c.attrs["status"] == "ignored" || len(c.all("skipped")) > 0 {
			return errors.New("a skipped case is not red, whatever else it has")
		}
		for _, w := range c.wrong() {
			switch {
			case w.attrs["message"] == "" && strings.TrimSpace(w.text) == "":
				return errors.New("the name stands for the message")
			case s.attrs["file"] == "" && c.attrs["file"] == "":
				return errors.New("no file: the annotation is put at one that is called as the class, or nowhere")
			}
		}
		return nil
	})
}

// checkJUnit is what all readers ask.
func checkJUnit(doc []byte) error {
	root, err := parseXML(doc)
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range junitReaders {
		if err := r.check(root); err != nil {
			errs = append(errs, fmt.Errorf("%s (%s): %w", r.name, r.source, err))
		}
	}
	if len(doc) >= maxGitLabReport {
		errs = append(errs, fmt.Errorf("GitLab: %d bytes", len(doc)))
	}
	return errors.Join(errs...)
}

// Each rule of each reader is really asked for.
func TestJUnitReadersRefuse(t *testing.T) {
	whole := suiteOf(`<testcase name="a" classname="a" time="1"><failure type="missed" message="a">a</failure></testcase>`)
	if err := checkJUnit([]byte(whole)); err != nil {
		t.Errorf("what is right is refused: %v", err)
	}
	if checkJUnit([]byte(`<testsuites>`)) == nil {
		t.Error("half a document passes")
	}
	for _, r := range junitReaders {
		for _, doc := range r.refuses {
			root, err := parseXML([]byte(doc))
			if err != nil {
				t.Fatalf("%s: %v", doc, err)
			}
			if r.check(root) == nil {
				t.Errorf("%s lets it pass: %s", r.name, doc)
			}
		}
	}
}
