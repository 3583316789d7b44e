package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
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

// A descriptor is in-toto's ResourceDescriptor. Its annotations say what a digest is
// one of, where that is not plain.
type descriptor struct {
	Name        string            `json:"name"`
	Digest      map[string]string `json:"digest"`
	Annotations map[string]string `json:"annotations,omitempty"`
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

// Statement is the in-toto test result of a run: the same record, manifest and
// snapshot give the same bytes. Its subjects are the manifest and what was tested:
// with the bundled system the drillctl that all its nodes are, else the images of
// the containers, as the snapshot of the configuration has them.
func Statement(rec drill.Record, manifest string, snapshot drill.Configuration) []byte {
	s := statement{Type: statementType, PredicateType: predicateType,
		Subject: []descriptor{{Name: rec.RunID + "/" + rundir.Manifest, Digest: sha(manifest)}},
		Predicate: testResult{Result: "FAILED", Configuration: []descriptor{{Name: rec.Scenario.Name, Digest: sha(rec.Scenario.SHA256)}},
			Passed: []string{}, Warned: []string{}, Failed: []string{}},
	}
	tested := images(snapshot)
	if len(tested) == 0 && rec.Environment.System == bundled && rec.Tool.SHA256 != "" {
		tested = []descriptor{{Name: "drillctl", Digest: sha(rec.Tool.SHA256)}}
	}
	s.Subject = append(s.Subject, tested...)
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

// bundled is what the environment of a record calls drillctl's own system.
const bundled = "the bundled system"

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
	var snapshot drill.Configuration
	if err := d.ReadJSON(rundir.Configuration, &snapshot); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return Statement(rec, sum, snapshot), nil
}

// statement compares the statement with what the record and manifest say.
func (c *checker) statement() (text []byte, ok bool) {
	text, err := os.ReadFile(c.dir.Path(rundir.Statement))
	if err != nil {
		_, noRecord := os.Stat(c.dir.Path(rundir.Record))
		made := c.chain.unsealed == nil || c.notedWith(rundir.Statement)
		if c.chain.seal != nil && c.chain.signature == nil && noRecord == nil && made {
			c.bad("statement.json was removed")
		}
		return nil, false
	}
	want, err := statementOf(c.dir)
	if err != nil || !bytes.Equal(text, want) {
		c.bad("statement.json is not what the record and the manifest say")
		return nil, false
	}
	return text, true
}
