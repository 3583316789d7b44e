package records

import (
	"path/filepath"
	"slices"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/evidence"
	"github.com/drillctl/drillctl/runner/rundir"
)

// WithGap adds to a record what is missing of its evidence, as a note that all
// reports show; what was read from a report has it already.
func WithGap(rec drill.Record) drill.Record {
	if rec.Dir == "" {
		return rec
	}
	why := evidence.Gap(DirOf(rec))
	if note := "EVIDENCE: " + why; why != "" && !slices.Contains(rec.Analysis.Notes, note) {
		rec.Analysis.Notes = append(slices.Clip(rec.Analysis.Notes), note)
	}
	return rec
}

// DirOf is the directory of a run that a record says it is of.
func DirOf(rec drill.Record) rundir.Dir {
	return rundir.Dir{Root: filepath.Dir(filepath.Dir(rec.Dir)), ID: filepath.Base(rec.Dir)}
}
