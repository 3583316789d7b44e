package runner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/runner/rundir"
)

// unfinishedWhy is the reason of a run whose head was never written anew.
const unfinishedWhy = "drillctl died before the drill was over: what was seen until then proves nothing"

// Register writes what a run can be judged by should it never come to its end.
// The head is that of the record: who, what, where.
func Register(dir rundir.Dir, plan Plan, head drill.Record) error {
	head.Schema, head.RunID, head.Seed = drill.RecordSchema, dir.ID, plan.Seed
	head.Outcome, head.Reason, head.Cleanup = Unfinished, unfinishedWhy, drill.Cleanup{}
	return errors.Join(dir.WriteJSON(rundir.Spec, plan.Spec), dir.WriteJSON(rundir.Head, head))
}

// finish stores what was seen, then judges what was stored: a run judged now
// and a run judged next year go through the same files.
func (d *run) finish(log drill.Log, finals []drill.FinalRead, out outcome) (drill.Record, error) {
	head := d.opts.Record
	head.Schema = drill.RecordSchema
	head.RunID = d.opts.Dir.ID
	head.Seed = d.plan.Seed
	head.Ended = time.Now().UTC()
	head.Outcome, head.Reason = out.name, d.opts.scrub(out.why)
	d.mu.Lock()
	head.Cleanup = drill.Cleanup{Verified: len(d.stuck) == 0}
	for _, text := range d.stuck {
		head.Cleanup.Residue = append(head.Cleanup.Residue, d.opts.scrub(text))
	}
	d.mu.Unlock()
	err := errors.Join(
		d.opts.Dir.WriteJSON(rundir.Spec, d.plan.Spec),
		d.opts.Dir.WriteJSON(rundir.FinalReads, finals),
		d.opts.Dir.Write(rundir.Events, lines(log.Events)),
	)
	if err == nil { // last: it says that the drill came to its end
		err = d.opts.Dir.WriteJSON(rundir.Head, head)
	}
	if err != nil {
		return head, fmt.Errorf("store the run: %w", err)
	}
	rec, err := Analyze(d.opts.Dir)
	if err != nil {
		return rec, err
	}
	return rec, d.opts.Dir.WriteJSON(rundir.Record, rec)
}

func lines(events []drill.Event) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, e := range events {
		_ = enc.Encode(e) // strings, numbers and a map of strings: cannot fail into a buffer
	}
	return b.Bytes()
}
