// Package drill is what a drill is, as data, and what follows from that data:
// events, samples, readings, objectives, verdicts. It imports the standard
// library only, does no I/O, never reads a clock and never takes a context.
package drill

import (
	"errors"
	"time"
)

// A Kind names one sort of event.
type Kind string

// The kinds of event that a log can hold.
const (
	// KindPhase starts a phase; Subject is the phase's name (see Phase…).
	KindPhase Kind = "phase"
	// KindFaultArmed says that a step's damage is ready to fire on one instance.
	KindFaultArmed Kind = "fault.armed"
	// KindFaultFired is t_cmd of one step: the instant the command was given.
	// Subject is the step.
	KindFaultFired Kind = "fault.fired"
	// KindFaultEffect is stamped by the agent: the damage took effect on Subject.
	KindFaultEffect Kind = "fault.effect"
	// KindFaultApplied is t_inj of one step: verified in force on all its
	// targets by reading back and by the data path. Subject is the step.
	KindFaultApplied Kind = "fault.applied"
	// KindFaultUnproved says that the damage could not be shown to be in force.
	KindFaultUnproved Kind = "fault.unproved"
	// KindFaultReverted is t_rev of one step: verified gone from all targets.
	KindFaultReverted Kind = "fault.reverted"
	// KindFaultStuck says that damage could not be taken back. Exit code 5.
	KindFaultStuck Kind = "fault.stuck"
	// KindFaultHeld says that the damage was proved once more, shortly before it
	// was taken back.
	KindFaultHeld Kind = "fault.held"
	// KindFaultLost says that the damage was proved in force, but not any more
	// shortly before it was to be taken back: for how long it lasted is not known.
	KindFaultLost Kind = "fault.lost"
	// KindActionBegan says that a step that is no damage began: a program, or a
	// question to the operator. Subject is the step.
	KindActionBegan Kind = "action.began"
	// KindActionDone is its good end, after Took. Data["exit"] and
	// Data["output"] are a program's, Data["by"] is who confirmed.
	KindActionDone Kind = "action.done"
	// KindActionFailed is its bad end; Note says why.
	KindActionFailed Kind = "action.failed"
	// KindDeclared is t_dec: the disaster was declared by the step. Data["by"]
	// is who did.
	KindDeclared Kind = "declared"
	// KindHealth is a health transition seen by a part of the system itself:
	// Subject is who was judged, Data["by"] who judged, Data["to"] is
	// "healthy" or "unhealthy".
	KindHealth Kind = "health"
	// KindLeader says that Subject became (or, with Data["to"]="fenced",
	// ceased to be) the writer of the data. Data["epoch"] numbers the reign.
	KindLeader Kind = "leader"
	// KindRoute is a change of a traffic manager's answer: Subject is the name
	// asked for, Data["to"] the region or regions now answered.
	KindRoute Kind = "route"
	// KindInstance is a change of an instance: Data["to"] is "started",
	// "exited", "restarted", "stopped", "ready".
	KindInstance Kind = "instance"
	// KindAlert is another state of an alert, as a poll of the monitoring saw it:
	// Subject is the alert, Data["to"] its state (see Alert…), Data["from"] the
	// one before, and Data["last"] when the last poll began that saw that.
	KindAlert Kind = "alert"
	// KindMonitoring says that the source of alerts began to answer, or ceased to:
	// Data["to"] is "answers", "silent" or "left", when the drill ended. Note says
	// why, Data["last"] when the last poll began that was answered.
	KindMonitoring Kind = "monitoring"
	// KindAbort says that the drill was aborted, or its damage where that is what it
	// is for (Spec.WantsAbort); Note says why, Data["by"] is ByGuard if the guard did.
	KindAbort Kind = "abort"
	// KindInterrupt says that the operator ended the drill.
	KindInterrupt Kind = "interrupt"
	// KindNote is anything else worth telling.
	KindNote Kind = "note"
)

// The phases of a drill, in order. PhaseWarmup is load before the system was
// steady and counts for nothing; PhaseSteady is the baseline; PhaseFault lasts
// from the start of the steps' clock to the last revert; PhaseSettle from there
// to PhaseEnd, where the load ends.
const (
	PhaseWarmup = "warmup"
	PhaseSteady = "steady"
	PhaseFault  = "fault"
	PhaseSettle = "settle"
	PhaseEnd    = "end"
)

// Data["to"] of a KindHealth event.
const (
	Healthy   = "healthy"
	Unhealthy = "unhealthy"
)

// An Event is one fact seen during a drill. At is when it happened, from the
// beginning of the drill on the monotonic clock; Seq numbers the closed log in
// order of At.
type Event struct {
	Seq     uint64            `json:"seq"`
	At      time.Duration     `json:"at_ns"`
	Kind    Kind              `json:"kind"`
	Step    string            `json:"step,omitempty"`    // the scenario step it belongs to, e.g. "steps[0]"
	Subject string            `json:"subject,omitempty"` // instance, phase, step or name
	Region  string            `json:"region,omitempty"`
	Took    time.Duration     `json:"took_ns,omitempty"`
	Note    string            `json:"note,omitempty"`
	Data    map[string]string `json:"data,omitempty"`
}

// A Log is everything a drill saw except its samples, in order.
type Log struct {
	Began  time.Time `json:"began"` // wall clock at At = 0, for print only
	Events []Event   `json:"events"`
	// Torn says what of the record is cut off, as a crash leaves it: such a run
	// is inconclusive.
	Torn []string `json:"torn,omitempty"`
}

// ErrTorn ends samples that a crash cut off: all before it can be relied on, and
// what came after is not known.
var ErrTorn = errors.New("the samples end in the middle")
