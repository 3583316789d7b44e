package runner

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/drill/samples"
	"github.com/drillctl/drillctl/runner/journal"
	"github.com/drillctl/drillctl/runner/rundir"
)

// analyzeDead judges what a run left that died: as far as its log goes, and with
// no objective answered. Files may be missing, or end in the middle of a line.
func analyzeDead(dir rundir.Dir, spec drill.Spec, rec drill.Record) (drill.Record, error) {
	log, err := whole(dir, rundir.Events)
	if err != nil {
		return rec, err
	}
	events, err := decodeEvents(bytes.NewReader(log[:bytes.LastIndexByte(log, '\n')+1]))
	if err != nil {
		return rec, fmt.Errorf("run %s: %s: event %d: %w", dir.ID, rundir.Events, len(events)+1, err)
	}
	taken, err := whole(dir, rundir.Samples)
	if err != nil {
		return rec, err
	}
	if taken, err = began(taken, rec, spec); err != nil {
		return rec, err
	}
	end, err := lastSeen(events, taken)
	if err != nil {
		return rec, fmt.Errorf("run %s: %w", dir.ID, err)
	}
	rec.Ended = rec.Began.Add(end)
	seen := drill.Log{Began: rec.Began, Events: number(events)}
	if !bytes.HasSuffix(log, []byte("\n")) {
		seen.Torn = []string{"the event log ends in the middle of a line"}
	}
	if rec, err = judge(rec, spec, seen, bytes.NewReader(taken), nil); err != nil {
		return rec, err
	}
	rec.Verdict = drill.Inconclusive
	for i := range rec.Objectives {
		rec.Objectives[i].Verdict, rec.Objectives[i].Met, rec.Objectives[i].Reason = drill.Inconclusive, nil, rec.Reason
	}
	left, err := journal.Left(dir.Path(rundir.Journal))
	if err != nil {
		return rec, fmt.Errorf("run %s: %w", dir.ID, err)
	}
	for _, e := range left {
		rec.Cleanup.Residue = append(rec.Cleanup.Residue, fmt.Sprintf("%s on %s", e.Kind, e.Ref.ID))
	}
	return rec, nil
}

// whole is a file's content; one that is not there is empty.
func whole(dir rundir.Dir, name string) ([]byte, error) {
	data, err := os.ReadFile(dir.Path(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("run %s: %w", dir.ID, err)
	}
	return data, nil
}

// began is the file of samples, or an empty one where the run died before it had
// written so much as the header.
func began(taken []byte, rec drill.Record, spec drill.Spec) ([]byte, error) {
	if bytes.IndexByte(taken, '\n') >= 0 {
		return taken, nil
	}
	var empty bytes.Buffer
	w, err := samples.NewWriter(&empty, samples.Header{Began: rec.Began, Timeout: spec.Load.Timeout})
	if err != nil {
		return nil, err
	}
	return empty.Bytes(), w.Close()
}

// lastSeen is the end of the last thing that was written down.
func lastSeen(events []drill.Event, taken []byte) (time.Duration, error) {
	var end time.Duration
	for _, e := range events {
		end = max(end, e.At+e.Took)
	}
	in, err := samples.NewReader(bytes.NewReader(taken))
	if err != nil {
		return 0, err
	}
	for {
		s, err := in.Read()
		if err != nil { // the end, or what Measure will complain of
			return end, nil
		}
		end = max(end, s.End)
	}
}
