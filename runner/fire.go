package runner

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/faults"
	"github.com/drillctl/drillctl/runner/journal"
)

// fire writes the intent, does the damage and proves it.
func (d *run) fire(ctx context.Context, s *armedStep) error {
	if err := d.intend(s); err != nil {
		return err
	}
	stamps, err := s.armed.Fire(ctx)
	last := d.stamp(s, stamps, drill.KindFaultEffect)
	if err != nil {
		return fmt.Errorf("fire %s: %w", s.Kind.Name, err)
	}
	began := d.now()
	evidence, err := d.proveText(ctx, s, true, patience(d.limits.Prove, s.Step))
	if err != nil {
		return err
	}
	s.proof = d.now() - began
	d.rec.emit(drill.Event{At: last, Kind: drill.KindFaultApplied, Step: s.Spec.ID, Subject: s.Spec.ID, Took: d.now() - last, Note: s.Spec.Text, Data: map[string]string{"evidence": evidence}})
	return nil
}

// stamp emits one event per instance and returns the time of the last.
func (d *run) stamp(s *armedStep, stamps map[string]time.Duration, kind drill.Kind) time.Duration {
	var last time.Duration
	for name, at := range stamps {
		at -= d.origin
		last = max(last, at)
		if kind != "" {
			d.rec.emit(drill.Event{At: at, Kind: kind, Step: s.Spec.ID, Subject: name})
		}
	}
	if len(stamps) == 0 {
		return d.now()
	}
	return last
}

// intend journals damage that does not end with drillctl, before it is done.
func (d *run) intend(s *armedStep) error {
	if s.Kind.Leased {
		return nil
	}
	data, err := json.Marshal(s.Fault)
	if err != nil {
		return fmt.Errorf("journal %s: %w", s.Spec.ID, err)
	}
	for _, t := range s.targets {
		e := journal.Entry{ID: entryID(s, t), State: journal.Intent, Ref: t.Instance.Ref(), Kind: s.Kind.Name, Fault: data}
		if err := d.jrn.Append(e); err != nil {
			return err
		}
	}
	return nil
}

func entryID(s *armedStep, t faults.Target) string { return s.Spec.ID + "/" + t.Instance.Node().Name }
