// Package docker runs a system in containers, one for each node, and does the
// acts of package runtimes to them and to containers that run already.
//
// Nothing is pulled or built: nodes and helpers run from a one-file image of
// this very executable. Each system has a network of its own, in a subnet that
// was free. What is done inside a container's network is done by a helper
// container that joins it, holds no capability but NET_ADMIN, and ends when its
// stdin does: when drillctl dies, however it dies, the engine closes that. All
// that is made carries the run's id in its labels.
package docker

import (
	"time"
)

// Name is what a [runtimes.Ref] of this package has as its Runtime.
const Name = "docker"

// HubCommand is the hidden command that must lead to [Hub].
const HubCommand = "docker-hub"

// The labels of all that this package makes.
const (
	LabelRun    = "drillctl.run"    // the run's id
	LabelKind   = "drillctl.kind"   // node, helper, hub, network or image
	LabelNode   = "drillctl.node"   // the node's name
	LabelRegion = "drillctl.region" // of a node
	LabelRole   = "drillctl.role"   // of a node
	LabelReady  = "drillctl.ready"  // the URL of a node that answers when it serves
	LabelOwner  = "drillctl.owner"  // the process that made it, see Owner
	LabelState  = "drillctl.state"  // the state directory of that process
	LabelExe    = "drillctl.exe"    // SHA-256 of the executable in an image
)

const (
	kindNode    = "node"
	kindHelper  = "helper"
	kindHub     = "hub"
	kindNetwork = "network"
)

// Options say how to raise a system.
type Options struct {
	Engine *Engine
	// Exe is the executable that nodes and helpers run; it must be for Linux.
	Exe string
	// RunID names the system in labels and in the Refs of its instances.
	RunID string
	// StateDir is noted in labels, so that recovery knows whose it is.
	StateDir string
	// LogDir gets NAME.log of every node and helpers.log.
	LogDir string
	// KeepLogs copies the logs of containers that were attached to LogDir, too.
	KeepLogs bool
	// HubArgs lead to [Hub]; HubCommand by default.
	HubArgs []string
}

// closePatience is how long the end of a system may take.
const closePatience = time.Minute
