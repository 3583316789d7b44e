package reports

import (
	"encoding/xml"
	"fmt"
	"io"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// The JUnit XML that readers agree on: what the schema of Jenkins' xUnit plugin
// allows (junit-10.xsd), with what GitLab and the actions for GitHub ask beyond it.
// GitLab shows classname as the suite, uses the first of equal names only, and
// shows the body rather than the message: so the numbers stand in both. It takes an
// attribute type like "file" or "integer" for an order to convert the body. It, and
// mikepenz/action-junit-report, give the sum of the cases' times as that of the job:
// so the first case has the time of the drill, and the others none.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Time     string       `xml:"time,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr,omitempty"`
	File       string          `xml:"file,attr,omitempty"`
	Properties *junitProps     `xml:"properties"`
	Cases      []junitTestCase `xml:"testcase"`
}

type junitProps struct {
	List []junitProp `xml:"property"`
}

type junitProp struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitTestCase struct {
	Name      string      `xml:"name,attr"`
	Classname string      `xml:"classname,attr"`
	Time      string      `xml:"time,attr"`
	Failure   *junitWrong `xml:"failure"`
	Error     *junitWrong `xml:"error"`
	Out       string      `xml:"system-out,omitempty"`
}

type junitWrong struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Body    string `xml:",chardata"`
}

func renderJUnit(w io.Writer, rec drill.Record, o Options) error { return suiteJUnit(w, alone(rec), o) }

// suiteJUnit writes one suite for each run, and one for what belongs to a drill
// as a whole.
func suiteJUnit(w io.Writer, s drill.Suite, _ Options) error {
	all := junitSuites{Name: "drillctl", Time: junitTime(s.Ended.Sub(s.Began))}
	names := uniqueNames{}
	for _, d := range s.Drills {
		name := names.unique(d.Scenario.Name)
		for i, rec := range d.Runs {
			class := name
			if trial := trialOf(d, i); trial != "" {
				class += ".trial-" + trial
			}
			all.add(junitRun(class, rec))
		}
		if whole := wholeCases(d); len(whole) > 0 {
			s := junitSuiteOf(name+" as a whole", name, whole, 0)
			s.File = d.Scenario.Path
			all.add(s)
		}
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// wholeCases are those beyond the runs. A drill with one run and nothing amiss
// has none, so that a run alone and a run in a suite look alike.
func wholeCases(d drill.Drill) []testCase {
	cases := drillCases(d)
	if len(d.Runs) == 1 && allOK(cases) {
		return nil
	}
	return cases
}

func (a *junitSuites) add(s junitSuite) {
	a.Suites = append(a.Suites, s)
	a.Tests += s.Tests
	a.Failures += s.Failures
	a.Errors += s.Errors
}

func junitRun(class string, rec drill.Record) junitSuite {
	s := junitSuiteOf(class, class, casesOf(rec), rec.Ended.Sub(rec.Began))
	s.Timestamp, s.File = rec.Began.UTC().Format("2006-01-02T15:04:05"), rec.Scenario.Path
	s.Properties = &junitProps{[]junitProp{
		{"run", rec.RunID}, {"seed", uintText(rec.Seed)}, {"verdict", rec.Verdict.String()}, {"scenario-sha256", rec.Scenario.SHA256},
		{"drillctl", rec.Tool.Version}, {"system", rec.Environment.System}, {"runtime", rec.Environment.Runtime},
	}}
	for _, r := range rec.Analysis.Readings {
		if r.Known {
			s.Properties.List = append(s.Properties.List, junitProp{"reading." + r.Metric, figures.Trimmed(r.Value)})
		}
	}
	return s
}

func junitSuiteOf(name, class string, cases []testCase, took time.Duration) junitSuite {
	s := junitSuite{Name: name, Tests: len(cases), Time: junitTime(took)}
	names := uniqueNames{}
	for _, c := range cases {
		tc := junitTestCase{Name: names.unique(c.name), Classname: class, Time: junitTime(took)}
		took = 0 // all cases come from one drill, and readers add up their times
		wrong := &junitWrong{Type: c.kind, Message: c.short, Body: c.body}
		switch c.state {
		case ok:
			tc.Out = c.body
		case missed:
			tc.Failure = wrong
			s.Failures++
		default:
			tc.Error = wrong
			s.Errors++
		}
		s.Cases = append(s.Cases, tc)
	}
	return s
}

func junitTime(d time.Duration) string { return fmt.Sprintf("%.3f", max(0, d.Seconds())) }

// uniqueNames tells equal names apart by a number, in order.
type uniqueNames map[string]int

func (u uniqueNames) unique(name string) string {
	u[name]++
	if n := u[name]; n > 1 {
		return u.unique(fmt.Sprintf("%s (%d)", name, n))
	}
	return name
}
