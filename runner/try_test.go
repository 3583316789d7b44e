package runner

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A patientFault takes longer than others to be in force.
type patientFault struct{ *worldFault }

func (patientFault) Patience() time.Duration { return 10 * time.Second }

// lateBy is an accident that lasts for a while from when it is met first.
func lateBy(d time.Duration) func() error {
	var once sync.Once
	var over time.Time
	return func() error {
		once.Do(func() { over = time.Now().Add(d) })
		if time.Now().Before(over) {
			return errors.New("not yet")
		}
		return nil
	}
}

// A fault is tried, proved and taken back; whatever goes wrong is told, and
// nothing stays in force.
func TestTry(t *testing.T) {
	boom := errors.New("boom")
	for _, tt := range []struct {
		name, says string
		bend       func(b *bench)
		stuck      bool
	}{
		{"takes effect", "", func(*bench) {}, false},
		{"cannot be armed", "kernel without it", func(b *bench) { b.f.accident["arm"] = func() error { return errors.New("kernel without it") } }, false},
		{"has no effect", "not proved in force", func(b *bench) { b.f.accident["fire"] = func() error { b.w.heal(); return nil } }, false},
		{"cannot be done", "boom", func(b *bench) { b.f.accident["fire"] = func() error { return boom } }, false},
		{"panics", "boom", func(b *bench) { b.f.accident["fire"] = func() error { panic("boom") } }, false},
		{"nobody there", "no such instance", func(b *bench) { b.opts.Plan.Steps[0].Targets = []string{"c-gateway-1"} }, false},
		{"takes effect late", "not proved in force", func(b *bench) { b.f.accident["verify"] = lateBy(8 * time.Second) }, false},
		{"takes effect late, as it says", "", func(b *bench) {
			b.f.accident["verify"] = lateBy(8 * time.Second)
			b.opts.Plan.Steps[0].Fault = patientFault{b.f}
		}, false},
		{"cannot be taken back", "", func(b *bench) { b.f.accident["revert"] = func() error { return boom } }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				tt.bend(b)
				b.opts.Plan.Steps = append(b.opts.Plan.Steps, b.opts.Plan.Steps[0]) // alike: tried once
				trials, err := Try(t.Context(), b.opts.Plan, b.opts.Runtime, b.w.now)
				if err != nil || len(trials) != 1 {
					t.Fatalf("%d trials (%v)", len(trials), err)
				}
				got := trials[0]
				if (got.Err == nil) != (tt.says == "") || got.Err != nil && !strings.Contains(got.Err.Error(), tt.says) {
					t.Errorf("error %v, want %q", got.Err, tt.says)
				}
				if (got.Stuck != nil) != tt.stuck || b.w.inForce {
					t.Errorf("stuck: %v, in force: %v", got.Stuck, b.w.inForce)
				}
				if got.Err == nil && got.Evidence == "" {
					t.Error("no evidence")
				}
			})
		})
	}
}
