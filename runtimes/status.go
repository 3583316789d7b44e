package runtimes

import "time"

// State is what an instance is doing.
type State string

// The states of an instance.
const (
	Running State = "running"
	Paused  State = "paused"
	Stopped State = "stopped" // by us: Stop or Kill; stays down
	Exited  State = "exited"  // by itself
)

// Status is an instance's state at one moment.
type Status struct {
	State    State         `json:"state"`
	PID      int           `json:"pid,omitempty"`  // as the runtime sees it
	Restarts int           `json:"restarts"`       // by the supervisor
	OOMs     int           `json:"ooms,omitempty"` // times that the kernel ended a process of it for want of memory, if the runtime tells
	Since    time.Duration `json:"since_ns"`       // mono instant of the last change
}

// An InstanceEvent is one change of an instance, seen by its runtime.
type InstanceEvent struct {
	At       time.Duration `json:"at_ns"` // mono instant
	Instance string        `json:"instance"`
	// To is "started", "ready", "exited" (by itself or by a Crasher),
	// "restarted" (by the supervisor), "stopped", "paused" or "unpaused" (by us).
	To   string `json:"to"`
	Note string `json:"note,omitempty"` // e.g. "exit status 1"
}
