package cmd

import (
	"reflect"
	"testing"
	"time"

	"github.com/drillctl/drillctl/cmd/records"
	"github.com/drillctl/drillctl/drill"
)

// A record read without its log and its charts is else the same.
func TestLeanRecord(t *testing.T) {
	d, err := recording{scenario: "x", at: time.Date(2026, 11, 5, 7, 0, 0, 0, time.UTC), verdict: drill.Fail, rta: 4, whole: true,
		context: drill.Context{Labels: []string{"ci"}, Replication: "sync"}}.store(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	whole, err := records.Whole(d)
	if err != nil {
		t.Fatal(err)
	}
	lean, err := records.Of(d)
	if err != nil {
		t.Fatal(err)
	}
	if len(whole.Timeline) < 400 || whole.Analysis.Series == nil || lean.Timeline != nil || lean.Analysis.Series != nil {
		t.Fatalf("the log has %d and %d events", len(whole.Timeline), len(lean.Timeline))
	}
	whole.Timeline, whole.Analysis.Series = nil, nil
	if !reflect.DeepEqual(lean, whole) {
		t.Errorf("got  %+v\nwant %+v", lean, whole)
	}
}
