package runner

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/drill/samples"
	"github.com/drillctl/drillctl/runner/rundir"
)

// Analyze judges a stored run. It reads the run's directory and nothing else,
// and gives the same record every time. A run that died is judged by what it
// left, torn ends included, and is never more than inconclusive.
func Analyze(dir rundir.Dir) (drill.Record, error) {
	var spec drill.Spec
	if err := dir.ReadJSON(rundir.Spec, &spec); err != nil {
		return drill.Record{}, err
	}
	rec, err := AnalyzeWith(dir, spec)
	if err != nil {
		return rec, err
	}
	if rec, err = hold(dir, rec); err != nil {
		return rec, err
	}
	return withNotices(dir, rec)
}

// AnalyzeWith judges a stored run by another specification: other objectives,
// another hold.
func AnalyzeWith(dir rundir.Dir, spec drill.Spec) (drill.Record, error) {
	var rec drill.Record
	if err := dir.ReadJSON(rundir.Head, &rec); err != nil {
		return rec, err
	}
	if rec.Outcome == Unfinished {
		return analyzeDead(dir, spec, rec)
	}
	var finals []drill.FinalRead
	if err := dir.ReadJSON(rundir.FinalReads, &finals); err != nil {
		return rec, err
	}
	events, err := readEvents(dir)
	if err != nil {
		return rec, err
	}
	f, err := os.Open(dir.Path(rundir.Samples))
	if err != nil {
		return rec, fmt.Errorf("run %s: %w", dir.ID, err)
	}
	defer f.Close()
	return judge(rec, spec, drill.Log{Began: rec.Began, Events: number(events)}, f, finals)
}

func judge(rec drill.Record, spec drill.Spec, log drill.Log, taken io.Reader, finals []drill.FinalRead) (drill.Record, error) {
	a, err := drill.Measure(log, samples.Sorted(taken, sortWindow(spec)), finals, spec)
	if err != nil {
		return rec, fmt.Errorf("measure run %s: %w", rec.RunID, err)
	}
	if rec.Drift != nil {
		a.Readings = append(a.Readings, rec.Drift.Reading(spec.Drift))
	}
	rec.Spec, rec.Analysis, rec.Timeline = spec, a, log.Events
	var reason string
	rec.Objectives, rec.Verdict, reason = drill.Judge(spec, a)
	if rec.Reason == "" {
		rec.Reason = reason
	}
	if rec.Outcome != Completed {
		rec.Verdict = drill.Worst(rec.Verdict, drill.Inconclusive)
	}
	if !rec.Cleanup.Verified {
		rec.Verdict = drill.Worst(rec.Verdict, drill.Inconclusive)
	}
	rec.NotMeasured = drill.Unmeasured(spec, a)
	return rec, nil
}

// sortWindow is how far samples can be out of order: a request is written when
// it ends, at most a timeout after its slot, give or take the hiccups of a host
// that is starved.
func sortWindow(spec drill.Spec) time.Duration { return spec.Load.Timeout + time.Minute }

func readEvents(dir rundir.Dir) ([]drill.Event, error) {
	f, err := os.Open(dir.Path(rundir.Events))
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", dir.ID, err)
	}
	defer f.Close()
	events, err := decodeEvents(f)
	if err != nil {
		return events, fmt.Errorf("run %s: %s: event %d: %w", dir.ID, rundir.Events, len(events)+1, err)
	}
	return events, nil
}

// decodeEvents gives the events before an error, too.
func decodeEvents(r io.Reader) ([]drill.Event, error) {
	var events []drill.Event
	dec := json.NewDecoder(r)
	for {
		var e drill.Event
		err := dec.Decode(&e)
		if errors.Is(err, io.EOF) {
			return events, nil
		}
		if err != nil {
			return events, err
		}
		events = append(events, e)
	}
}
