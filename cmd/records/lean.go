package records

import (
	"errors"
	"io/fs"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/rundir"
)

// A leanRecord reads a record without its log and its charts. They are most of it,
// and only the report of that one run needs them.
type leanRecord struct {
	drill.Record
	Timeline passedOver `json:"timeline"`
	Analysis struct {
		drill.Analysis
		Series passedOver `json:"series"`
	} `json:"analysis"`
}

// passedOver is a part of a document that is not read: a step over it costs less.
type passedOver struct{}

// UnmarshalJSON implements json.Unmarshaler.
func (*passedOver) UnmarshalJSON([]byte) error { return nil }

// Of is a run's record without log and charts, nil when it never finished.
func Of(d rundir.Dir) (*drill.Record, error) {
	var lean leanRecord
	err := d.ReadJSON(rundir.Record, &lean)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rec := lean.Record
	rec.Analysis = lean.Analysis.Analysis
	return &rec, nil
}

// Whole is all of a run's record, nil when it never finished.
func Whole(d rundir.Dir) (*drill.Record, error) {
	var rec drill.Record
	err := d.ReadJSON(rundir.Record, &rec)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &rec, nil
}
