package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/golden"
)

// madeUpSuite has one drill of every fate.
func madeUpSuite() drill.Suite {
	began := base().Began
	at := func(name string, r drill.Record) drill.Drill {
		r.Scenario.Name, r.Scenario.Path = name, "drills/"+name+".yaml"
		d := drill.Drill{Scenario: r.Scenario, Title: r.Spec.Title, Labels: []string{"release-gate"}, Runs: []drill.Record{r}}
		d.Judge()
		return d
	}
	twice := at("region-blackhole", passed())
	second := failed()
	second.RunID, second.Seed = "20260304T050707Z-region-blackhole-77aa", 4219
	twice.Runs = append(twice.Runs, second)
	twice.Judge()
	gone := drill.Drill{Scenario: drill.ScenarioRef{Name: "no-room", Path: "drills/no-room.yaml"}, Errors: []string{"could not run: no namespaces: a|b <c>"}, Runs: []drill.Record{}}
	gone.Judge()
	late := drill.Drill{Scenario: drill.ScenarioRef{Name: "late", Path: "drills/late.yaml"}, Skipped: "--fail-fast: region-blackhole ended with 1", Runs: []drill.Record{}}
	late.Judge()
	worse := at("worse", regressed())
	worse.Baseline = worse.Runs[0].Baseline
	worse.Judge()
	drills := []drill.Drill{twice, at("unsure", inconclusive()), at("unsteady", precondition()), at("left", stuck()), gone, late, at("masked", masked()), worse}
	return drill.NewSuite(base().Tool, began, began.Add(5*time.Minute), 1, drills)
}

// rendered runs every format that is a file of text for machines or for CI.
func rendered(t *testing.T, f Format, name string) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	if name == "suite" {
		err = f.Suite(&b, madeUpSuite(), Options{})
	} else {
		err = f.Render(&b, madeUp()[name], Options{})
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func ciFormats() []Format {
	return slices.DeleteFunc(All(), func(f Format) bool {
		return !slices.Contains([]string{"junit", "markdown", "openmetrics", "csv"}, f.Name)
	})
}

// names of what is rendered: every made-up record, and the suite.
func documents() []string {
	names := []string{"suite"}
	for n := range madeUp() {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

func TestFormatsGolden(t *testing.T) {
	for _, f := range ciFormats() {
		for _, name := range documents() {
			t.Run(f.Name+"/"+name, func(t *testing.T) {
				golden.Assert(t, fmt.Sprintf("%s.%s.%s", name, f.Name, f.Ext), rendered(t, f, name))
			})
		}
	}
}

func TestSuiteTable(t *testing.T) {
	for _, w := range []int{80, 120} {
		var b bytes.Buffer
		if err := suiteTable(&b, madeUpSuite(), Options{Width: w}); err != nil {
			t.Fatal(err)
		}
		golden.Assert(t, fmt.Sprintf("suite.%d.txt", w), b.Bytes())
		for i, line := range strings.Split(b.String(), "\n") {
			if width(line) > w {
				t.Errorf("line %d is %d columns wide, not %d: %s", i+1, width(line), w, line)
			}
		}
	}
}

func TestSuiteJSONIsValid(t *testing.T) {
	var b bytes.Buffer
	if err := suiteJSON(&b, madeUpSuite(), Options{}); err != nil {
		t.Fatal(err)
	}
	inst, err := validator.UnmarshalJSON(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled(t, SuiteSchema()).Validate(inst); err != nil {
		t.Error(err)
	}
	back, err := ReadAll(bytes.NewReader(b.Bytes()))
	if err != nil || len(back) != 7 || back[1].Seed != 4219 {
		t.Errorf("read back %d records, %v", len(back), err)
	}
	one, err := ReadAll(bytes.NewReader(asJSON(t, passed())))
	if err != nil || len(one) != 1 || one[0].RunID != passed().RunID {
		t.Errorf("read back %d records, %v", len(one), err)
	}
	if _, err := ReadAll(strings.NewReader(`{"schema":"drillctl/run/v1"}`)); err == nil {
		t.Error("something else was read as records")
	}
}

// A case is red exactly when the record is no pass: what one reader calls green
// no other may call red.
func TestCasesAgreeWithTheVerdict(t *testing.T) {
	records := madeUp()
	lone := passed()
	lone.Objectives, lone.Verdict, lone.Reason = nil, drill.Inconclusive, "nothing was asked"
	records["nothing asked"] = lone
	odd := passed()
	odd.Verdict = drill.Fail
	records["failed by no objective"] = odd
	for name, rec := range records {
		cases := casesOf(rec)
		if allOK(cases) != (rec.Verdict == drill.Pass && rec.Outcome == "completed" && rec.Cleanup.Verified) {
			t.Errorf("%s: %s, but the cases say all ok: %v", name, rec.Verdict, allOK(cases))
		}
		for _, c := range cases {
			if c.state != ok && (c.short == "" || c.kind == "" && c.state == unknown || !strings.Contains(c.body, c.short)) {
				t.Errorf("%s: %s does not say why: %+v", name, c.name, c)
			}
		}
	}
}

// The names of cases are the same in every run of a drill: CI compares by them.
func TestCaseNamesDoNotDependOnTheRun(t *testing.T) {
	names := func(r drill.Record) (out []string) {
		for _, c := range casesOf(r) {
			out = append(out, c.name)
		}
		return out
	}
	want := names(passed())
	for _, r := range []drill.Record{failed(), inconclusive(), interrupted(), stuck()} {
		if got := names(r); !slices.Equal(got, want) {
			t.Errorf("%v\nwant %v", got, want)
		}
	}
}

func TestJUnitIsWhatReadersTake(t *testing.T) {
	f, err := Lookup("junit")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range documents() {
		doc := rendered(t, f, name)
		if err := checkJUnit(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var all junitSuites
		if err := xml.Unmarshal(doc, &all); err != nil {
			t.Fatal(err)
		}
		tests, failures, errs, seen := 0, 0, 0, map[string]bool{}
		for _, s := range all.Suites {
			if len(s.Cases) != s.Tests || s.Skipped != 0 {
				t.Errorf("%s: suite %s has %d cases and says %d, %d skipped", name, s.Name, len(s.Cases), s.Tests, s.Skipped)
			}
			tests, failures, errs = tests+s.Tests, failures+s.Failures, errs+s.Errors
			for _, c := range s.Cases {
				if key := c.Classname + "/" + c.Name; seen[key] {
					t.Errorf("%s: two cases %s: GitLab would drop one", name, key)
				} else {
					seen[key] = true
				}
			}
		}
		if all.Tests != tests || all.Failures != failures || all.Errors != errs {
			t.Errorf("%s: the sums are wrong: %+v", name, all)
		}
	}
}

func TestJUnitSurvivesWhatXMLCannotHold(t *testing.T) {
	rec := failed()
	rec.Objectives[1].Reason = "a\x00b\x1b[31m <&>\"' ]]> \xff"
	var b bytes.Buffer
	if err := renderJUnit(&b, rec, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := checkJUnit(b.Bytes()); err != nil {
		t.Error(err)
	}
}

var sampleName = regexp.MustCompile(`^([a-z_:]+)\{`)

func TestOpenMetricsParses(t *testing.T) {
	f, err := Lookup("openmetrics")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range documents() {
		doc := rendered(t, f, name)
		if !bytes.HasSuffix(doc, []byte("\n# EOF\n")) || bytes.Count(doc, []byte("# EOF")) != 1 {
			t.Errorf("%s does not end with one # EOF", name)
		}
		parser := expfmt.NewTextParser(model.UTF8Validation)
		got, err := parser.TextToMetricFamilies(bytes.NewReader(doc))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(got["drillctl_drill_verdict"].GetMetric())%3 != 0 || got["drillctl_drill_verdict"] == nil {
			t.Errorf("%s: drill verdicts %v", name, got["drillctl_drill_verdict"])
		}
		checkOpenMetrics(t, name, string(doc))
	}
}

// Two drills of one name, and names that others gave, leave every line readable.
func TestOpenMetricsOfEqualAndOddNames(t *testing.T) {
	s := madeUpSuite()
	s.Drills = append(s.Drills, s.Drills[0])
	odd := alerted()
	odd.Environment.System = "https://shop.example.com/#/ 'a\" b"
	s.Drills = append(s.Drills, alone(odd).Drills...)
	var b bytes.Buffer
	if err := suiteOpenMetrics(&b, s, Options{}); err != nil {
		t.Fatal(err)
	}
	checkOpenMetrics(t, "odd", b.String())
	if !strings.Contains(b.String(), `scenario="region-blackhole (2)"`) {
		t.Error("the second drill of one name is missing")
	}
}

// checkOpenMetrics is what OpenMetrics asks beyond the older text format: one
// block for each family, its unit at the end of its name, no sample twice.
func checkOpenMetrics(t *testing.T, name, doc string) {
	t.Helper()
	seen, closed, family := map[string]bool{}, map[string]bool{}, ""
	for line := range strings.Lines(doc) {
		line = strings.TrimSuffix(line, "\n")
		if rest, ok := strings.CutPrefix(line, "# HELP "); ok {
			closed[family] = true
			family, _, _ = strings.Cut(rest, " ")
			if closed[family] {
				t.Errorf("%s: %s comes in two blocks", name, family)
			}
			continue
		}
		if rest, ok := strings.CutPrefix(line, "# UNIT "); ok {
			if n, unit, _ := strings.Cut(rest, " "); !strings.HasSuffix(n, "_"+unit) {
				t.Errorf("%s: %s", name, line)
			}
			continue
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		m := sampleName.FindStringSubmatch(line)
		key, _, ok := strings.Cut(line, "} ")
		// GitLab takes # for a comment wherever it stands, and splits the rest as a shell would
		if m == nil || !ok || m[1] != family || seen[key] || strings.Contains(line, "#") {
			t.Errorf("%s: sample %q in family %s", name, line, family)
		}
		seen[key] = true
	}
}

func TestCSVReadsBack(t *testing.T) {
	f, err := Lookup("csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range documents() {
		rows, err := csv.NewReader(bytes.NewReader(rendered(t, f, name))).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !slices.Equal(rows[0], csvHead) || len(rows) < 2 {
			t.Errorf("%s: %d rows, head %v", name, len(rows), rows[0])
		}
		achieved, verdict := slices.Index(csvHead, "achieved"), slices.Index(csvHead, "verdict")
		for _, r := range rows[1:] {
			if r[achieved] == "" && r[verdict] == "pass" {
				t.Errorf("%s: a pass without a number: %v", name, r)
			}
		}
	}
}

func TestCSVIsNoFormula(t *testing.T) {
	for in, want := range map[string]string{
		"=1+1": "'=1+1", "@x": "'@x", "-2+3": "'-2+3", "+a": "'+a", "\tx": "'\tx", "-2.5": "-2.5", "+25": "+25", "<= 3": "<= 3", "": "", "rto": "rto",
	} {
		if got := noFormula(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// Every line of a table has as many cells as its head, whatever names hold.
func TestMarkdownTablesHold(t *testing.T) {
	f, err := Lookup("markdown")
	if err != nil {
		t.Fatal(err)
	}
	docs := [][]byte{}
	for _, name := range documents() {
		docs = append(docs, rendered(t, f, name))
	}
	nasty := failed()
	nasty.Objectives[0].Objective.ID = "a|b\nc <script> `x` @team #1"
	nasty.Objectives[1].Reason = "| | |\n\n# heading"
	var b bytes.Buffer
	if err := renderMarkdown(&b, nasty, Options{}); err != nil {
		t.Fatal(err)
	}
	docs = append(docs, b.Bytes())
	for _, doc := range docs {
		cells := 0
		for line := range strings.Lines(string(doc)) {
			n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
			switch {
			case !strings.HasPrefix(line, "|"):
				cells = 0
			case cells == 0:
				cells = n
			case n != cells:
				t.Errorf("%d cells under a head of %d: %s", n, cells, line)
			}
			if strings.Contains(line, "<script") || strings.Contains(line, "@team") || strings.HasPrefix(line, "# ") {
				t.Errorf("markup of others: %s", line)
			}
		}
	}
}

func TestAnnotations(t *testing.T) {
	place := func(path string) string {
		if path == "region-blackhole" {
			return ""
		}
		return "ci/" + path
	}
	s := madeUpSuite()
	for i := range s.Drills[0].Runs[1].Objectives {
		o := &s.Drills[0].Runs[1].Objectives[i].Objective
		o.File, o.Line = "drills/region:black,hole.yaml", 20+i
	}
	var b bytes.Buffer
	if err := Annotations(&b, s, place); err != nil {
		t.Fatal(err)
	}
	golden.Assert(t, "annotations.txt", b.Bytes())
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != maxAnnotations+1 || !strings.Contains(lines[maxAnnotations], "more") {
		t.Errorf("%d lines, the last %s", len(lines), lines[len(lines)-1])
	}
	form := regexp.MustCompile(`^::(error|warning|notice) (file=[^,:]+,)?(line=\d+,)?title=[^,:]+::.+$`)
	for _, l := range lines {
		if !form.MatchString(l) {
			t.Errorf("not a workflow command: %s", l)
		}
	}
	for _, kind := range []string{"error", "warning", "notice"} { // GitHub shows ten of each
		if n := strings.Count("\n"+b.String(), "\n::"+kind+" "); n > maxAnnotations {
			t.Errorf("%d of kind %s", n, kind)
		}
	}
	for len(s.Drills) < 15 { // all of one kind
		s.Drills = append(s.Drills, s.Drills[1])
	}
	b.Reset()
	if err := Annotations(&b, drill.NewSuite(s.Tool, s.Began, s.Ended, 3, s.Drills[8:]), place); err != nil || strings.Count(b.String(), "::warning ") != maxAnnotations || !strings.Contains(b.String(), "::notice title=drillctl::… and 4 more") {
		t.Errorf("%v\n%s", err, &b)
	}
	b.Reset()
	if err := Annotations(&b, alone(passed()), place); err != nil || b.Len() > 0 {
		t.Errorf("a pass is annotated: %s %v", &b, err)
	}
}

func TestAnnotationEscapes(t *testing.T) {
	if got := escapeData("50 % of a,b:c\r\nd"); got != "50 %25 of a,b:c%0D%0Ad" {
		t.Error(got)
	}
	if got := escapeProperty("50 % of a,b:c\r\nd"); got != "50 %25 of a%2Cb%3Ac%0D%0Ad" {
		t.Error(got)
	}
}

func TestUniqueNames(t *testing.T) {
	u := uniqueNames{}
	var got []string
	for _, n := range []string{"a", "a", "a (2)", "a", "b"} {
		got = append(got, u.unique(n))
	}
	seen := map[string]bool{}
	for _, n := range got {
		if seen[n] {
			t.Errorf("%v", got)
		}
		seen[n] = true
	}
}
