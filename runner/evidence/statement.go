package evidence

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/rundir"
)

// The types of https://github.com/in-toto/attestation: Statement v1 with the
// predicate test-result v0.1.
const (
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "https://in-toto.io/attestation/test-result/v0.1"
	payloadType   = "application/vnd.in-toto+json"
)

type descriptor struct {
	Name   string            `json:"name"`
	Digest map[string]string `json:"digest"`
}

type statement struct {
	Type          string       `json:"_type"`
	Subject       []descriptor `json:"subject"`
	PredicateType string       `json:"predicateType"`
	Predicate     testResult   `json:"predicate"`
}

type testResult struct {
	Result        string       `json:"result"` // PASSED or FAILED: what cannot be judged has not passed
	Configuration []descriptor `json:"configuration"`
	Passed        []string     `json:"passedTests"`
	Warned        []string     `json:"warnedTests"`
	Failed        []string     `json:"failedTests"`
}

func sha(sum string) map[string]string { return map[string]string{"sha256": sum} }

// Statement is the in-toto test result of a run: the same record and manifest
// give the same bytes. Its subjects are the manifest, and with the bundled
// system the drillctl that all its nodes are.
func Statement(rec drill.Record, manifest string) []byte {
	s := statement{Type: statementType, PredicateType: predicateType,
		Subject: []descriptor{{rec.RunID + "/" + rundir.Manifest, sha(manifest)}},
		Predicate: testResult{Result: "FAILED", Configuration: []descriptor{{rec.Scenario.Name, sha(rec.Scenario.SHA256)}},
			Passed: []string{}, Warned: []string{}, Failed: []string{}},
	}
	if rec.Tool.SHA256 != "" {
		s.Subject = append(s.Subject, descriptor{"drillctl", sha(rec.Tool.SHA256)})
	}
	if rec.Verdict == drill.Pass && rec.Cleanup.Verified {
		s.Predicate.Result = "PASSED"
	}
	for _, o := range rec.Objectives {
		switch o.Verdict {
		case drill.Pass:
			s.Predicate.Passed = append(s.Predicate.Passed, o.Objective.ID)
		case drill.Fail:
			s.Predicate.Failed = append(s.Predicate.Failed, o.Objective.ID)
		default:
			s.Predicate.Failed = append(s.Predicate.Failed, o.Objective.ID+": inconclusive")
		}
	}
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("a statement of strings must encode: %v", err))
	}
	return append(out, '\n')
}

// WriteStatement writes the statement of a sealed run and returns it.
func WriteStatement(d rundir.Dir) ([]byte, error) {
	text, err := statementOf(d)
	if err != nil {
		return nil, err
	}
	return text, d.Write(rundir.Statement, text)
}

func statementOf(d rundir.Dir) ([]byte, error) {
	var rec drill.Record
	if err := d.ReadJSON(rundir.Record, &rec); err != nil {
		return nil, err
	}
	sum, err := d.SumOf(rundir.Manifest)
	if err != nil {
		return nil, err
	}
	return Statement(rec, sum), nil
}

// statement compares the statement with what the record and manifest say.
func (c *checker) statement() (text []byte, ok bool) {
	text, err := os.ReadFile(c.dir.Path(rundir.Statement))
	if err != nil {
		return nil, false
	}
	want, err := statementOf(c.dir)
	if err != nil || !bytes.Equal(text, want) {
		c.bad("statement.json is not what the record and the manifest say")
		return nil, false
	}
	return text, true
}
