package evidence

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

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

// Statement is the in-toto test result of a run: the same record, manifest and
// snapshot give the same bytes. Its subjects are the manifest and what was tested:
// with the bundled system the drillctl that all its nodes are, else the images of
// the containers, as the snapshot of the configuration has them.
func Statement(rec drill.Record, manifest string, snapshot drill.Configuration) []byte {
	s := statement{Type: statementType, PredicateType: predicateType,
		Subject: []descriptor{{rec.RunID + "/" + rundir.Manifest, sha(manifest)}},
		Predicate: testResult{Result: "FAILED", Configuration: []descriptor{{rec.Scenario.Name, sha(rec.Scenario.SHA256)}},
			Passed: []string{}, Warned: []string{}, Failed: []string{}},
	}
	tested := images(snapshot)
	if len(tested) == 0 && rec.Environment.System == bundled && rec.Tool.SHA256 != "" {
		tested = []descriptor{{"drillctl", sha(rec.Tool.SHA256)}}
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

// images are those of the containers, each once. Another kind of digest, or none, is
// no subject.
func images(c drill.Configuration) []descriptor {
	var out []descriptor
	for _, p := range c.Parts {
		values := map[string]string{}
		for _, s := range p.Settings {
			values[s.Path] = s.Value
		}
		sum, ok := strings.CutPrefix(values["image.digest"], "sha256:")
		d := descriptor{cmp.Or(values["image"], p.Instance), sha(sum)}
		same := func(o descriptor) bool { return o.Name == d.Name && o.Digest["sha256"] == sum }
		if ok && !slices.ContainsFunc(out, same) {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b descriptor) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Digest["sha256"], b.Digest["sha256"]))
	})
	return out
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
