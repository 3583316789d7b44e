package runner

import (
	"bytes"
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

// finish stores what was seen, then judges what was stored: a run judged now
// and a run judged next year go through the same files.
func (d *run) finish(log drill.Log, finals []drill.FinalRead, out outcome) (drill.Record, error) {
	head := d.opts.Record
	head.Schema = drill.RecordSchema
	head.RunID = d.opts.Dir.ID
	head.Seed = d.plan.Seed
	head.Ended = time.Now().UTC()
	head.Outcome, head.Reason = out.name, out.why
	d.mu.Lock()
	head.Cleanup = drill.Cleanup{Verified: len(d.stuck) == 0, Residue: d.stuck}
	d.mu.Unlock()
	err := errors.Join(
		d.opts.Dir.WriteJSON(rundir.Head, head),
		d.opts.Dir.WriteJSON(rundir.Spec, d.plan.Spec),
		d.opts.Dir.WriteJSON(rundir.FinalReads, finals),
		d.opts.Dir.Write(rundir.Events, lines(log.Events)),
	)
	if err != nil {
		return head, fmt.Errorf("store the run: %w", err)
	}
	rec, err := Analyze(d.opts.Dir)
	if err != nil {
		return rec, err
	}
	return rec, errors.Join(d.opts.Dir.WriteJSON(rundir.Record, rec), d.opts.Dir.WriteManifest())
}

func lines(events []drill.Event) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, e := range events {
		_ = enc.Encode(e) // strings, numbers and a map of strings: cannot fail into a buffer
	}
	return b.Bytes()
}

// Analyze judges a stored run. It reads the run's directory and nothing else,
// and gives the same record every time.
func Analyze(dir rundir.Dir) (drill.Record, error) {
	var spec drill.Spec
	if err := dir.ReadJSON(rundir.Spec, &spec); err != nil {
		return drill.Record{}, err
	}
	return AnalyzeWith(dir, spec)
}

// AnalyzeWith judges a stored run by another specification: other objectives,
// another hold.
func AnalyzeWith(dir rundir.Dir, spec drill.Spec) (drill.Record, error) {
	var rec drill.Record
	if err := dir.ReadJSON(rundir.Head, &rec); err != nil {
		return rec, err
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
	log := drill.Log{Began: rec.Began, Events: number(events)}
	a, err := drill.Measure(log, samples.Sorted(f, sortWindow(spec)), finals, spec)
	if err != nil {
		return rec, fmt.Errorf("measure run %s: %w", dir.ID, err)
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
	var events []drill.Event
	dec := json.NewDecoder(f)
	for {
		var e drill.Event
		err := dec.Decode(&e)
		if errors.Is(err, io.EOF) {
			return events, nil
		}
		if err != nil {
			return nil, fmt.Errorf("run %s: %s: event %d: %w", dir.ID, rundir.Events, len(events)+1, err)
		}
		events = append(events, e)
	}
}
