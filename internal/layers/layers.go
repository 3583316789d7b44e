// Package layers holds the import rules of this repository as data; its test
// checks them against the source. A rule that is in the way is a question about
// the design, not about the rule.
package layers

import (
	"path"
	"slices"
	"strings"
)

// Module is the path that all rooms share.
const Module = "github.com/drillctl/drillctl"

// Rooms says which rooms a room may import. A name covers the packages beneath
// it; the longest name that fits a package is its room. Every room may import
// itself and internal/*.
var Rooms = map[string][]string{
	"cmd": {"*"},
	// how a command ends, where it is called, and which drillctl it is of
	"cmd/exit":     {"drill", "runner"},
	"cmd/terminal": {"cmd/exit", "runner", "runner/load/ask"},
	"cmd/build":    {"drill"},
	"cmd/settings": {"cmd/exit", "cmd/terminal", "notify", "trace", "reports", "runner/evidence"},
	"cmd/source":   {"cmd/exit", "cmd/terminal", "scenarios", "faults", "drill", "runner/rundir"},
	// all systems, and how they are raised: nothing of it hangs on a setting
	"cmd/subject": {"cmd/exit", "cmd/terminal", "cmd/build", "scenarios", "gateway", "drill", "runner", "runner/alerts", "runner/journal",
		"runner/load", "runner/load/ask", "runner/rundir", "runtimes", "runtimes/compose", "runtimes/docker", "runtimes/host", "runtimes/process"},
	"cmd/recovery": {"cmd/exit", "cmd/terminal", "cmd/subject", "runner", "runner/evidence", "runner/journal", "runner/rundir",
		"runtimes", "runtimes/compose", "runtimes/docker", "runtimes/host", "runtimes/process"},
	// what is stored needs no system, no terminal and no settings
	"cmd/records": {"cmd/exit", "cmd/build", "scenarios", "drill", "reports", "reports/history", "runner", "runner/evidence", "runner/rundir"},
	"cmd/outputs": {"cmd/exit", "cmd/terminal", "cmd/settings", "cmd/records", "drill", "reports", "trace"},
	"cmd/hooks": {"cmd/terminal", "cmd/settings", "cmd/records", "cmd/recovery", "scenarios", "drill", "notify", "trace", "reports/history",
		"runner", "runner/evidence", "runner/rundir"},
	"cmd/drift": {"cmd/exit", "cmd/terminal", "cmd/source", "cmd/subject", "cmd/records", "drill", "reports/history", "runner", "runner/rundir", "runtimes"},
	"cmd/doctor": {"cmd/exit", "cmd/terminal", "cmd/settings", "cmd/source", "cmd/subject", "faults/agent", "gateway", "reports", "runner",
		"runtimes", "runtimes/docker", "runtimes/process"},
	"cmd/forecast": {"cmd/exit", "scenarios", "faults", "gateway", "drill", "reports", "runner", "runner/rundir"},
	"cmd/suite": {"cmd/exit", "cmd/terminal", "cmd/build", "cmd/settings", "cmd/source", "cmd/subject", "cmd/recovery", "cmd/records", "cmd/outputs", "cmd/hooks",
		"cmd/drift", "scenarios", "faults", "gateway", "gateway/bug", "drill", "reports", "reports/live", "runner", "runner/load/ask", "runner/rundir", "runtimes", "runtimes/host"},
	"scenarios":        {"drill", "faults", "runtimes", "runner/load/ask", "gateway/bug"},
	"drill":            {},
	"faults":           {"faults/agent", "runtimes"},
	"faults/agent":     {"runtimes"},
	"runtimes":         {},
	"runtimes/docker":  {"runtimes"},
	"runtimes/process": {"runtimes"},
	"runtimes/host":    {"runtimes"},
	"runtimes/compose": {"runtimes"},
	"runtimes/fake":    {"runtimes"},
	// the suite takes a Runtime and knows no implementation
	"runtimes/conformance": {"runtimes"},
	"runner":               {"scenarios", "faults", "runtimes", "drill", "runner/journal", "runner/load", "runner/rundir"},
	"runner/alerts":        {"drill"},
	"runner/journal":       {"drill", "faults", "runtimes"},
	"runner/rundir":        {"drill", "runner/journal"},
	"runner/evidence":      {"drill", "runner/rundir", "reports"},    // what people added is part of it
	"runner/load":          {"drill", "runtimes", "runner/load/ask"}, // its worker runs in a client node
	// what a request is like: the scenario says it, the load makes it
	"runner/load/ask": {},
	"reports":         {"drill", "reports/charts"},
	"reports/charts":  {},
	"reports/live":    {},
	"reports/history": {"drill"},
	"notify":          {"drill", "reports", "notify/post"},
	"notify/post":     {},
	"trace":           {"drill", "notify/post"},
	// only their words: the names of events, and what a node is
	"gateway": {"drill", "runtimes", "gateway/bug"},
	// the names of its bugs: the scenario says them, the nodes make them
	"gateway/bug": {},
	"internal":    {},
	// measures the whole, as a program of its own
	"internal/bench": {"*"}, "internal/matrix": {"*"}, "internal/predict": {"*"},
}

// Homes says where third-party modules may be imported, by the beginning of the
// import path. What is listed nowhere may be used anywhere but in drill.
var Homes = map[string][]string{
	"github.com/spf13/":               {"cmd", "cmd/settings"},
	"github.com/tsenart/vegeta":       {"runner/load", "internal/bench"},
	"github.com/jackc/pgx":            {"runner/load"},
	"github.com/docker/":              {"runtimes/docker"},
	"github.com/moby/":                {"runtimes/docker"},
	"github.com/compose-spec/":        {"runtimes/compose"},
	"github.com/olekukonko/":          {"reports"},
	"gonum.org/":                      {"reports/charts"},
	"github.com/chromedp/":            {}, // a browser: tests only
	"github.com/google/nftables":      {"faults/agent"},
	"github.com/mdlayher/":            {"faults/agent", "runtimes/process"},
	"github.com/vishvananda/":         {"faults/agent", "runtimes/process", "runtimes/docker"},
	"github.com/nats-io/":             {"gateway"},
	"github.com/go-jose/":             {"gateway"},
	"github.com/hashicorp/raft":       {"gateway"},
	"github.com/prometheus/":          {"gateway", "reports"},
	"github.com/miekg/dns":            {"gateway", "runner/load", "faults/agent"},
	"github.com/theory/jsonpath":      {"runner/load/ask"},
	"go.yaml.in/":                     {"scenarios", "cmd"},
	"gopkg.in/yaml":                   {},
	"modernc.org/sqlite":              {"reports/history"},
	"github.com/invopop/jsonschema":   {"scenarios", "reports"},
	"github.com/santhosh-tekuri/":     {},
	"golang.org/x/term":               {"cmd/terminal"},
	"github.com/nicholas-fedor/":      {"notify"},
	"github.com/cenkalti/backoff":     {"notify/post", "runtimes/docker"},
	"go.opentelemetry.io/":            {"trace"},
	"google.golang.org/protobuf":      {"trace"},
	"github.com/rogpeppe/go-internal": {}, // testscript: tests only
}

// Terminal are the names of package os that only rooms in TerminalRooms may
// touch: everyone else gets them as arguments. The conformance suite has programs
// of its own that runtimes start; the agent reads a token that vouches for its
// namespace.
var (
	Terminal      = []string{"Stdout", "Args", "Exit", "Getenv", "LookupEnv"}
	TerminalRooms = []string{"cmd", "cmd/terminal", "internal/bench", "internal/matrix", "internal/predict", "runtimes/conformance", "faults/agent"}
)

// Room finds the room of a package of this module.
func Room(pkg string) (room string, ok bool) {
	rel := strings.TrimPrefix(strings.TrimPrefix(pkg, Module), "/")
	for r := rel; r != "." && r != ""; r = path.Dir(r) {
		if _, ok := Rooms[r]; ok {
			return r, true
		}
	}
	return rel, false
}

// Allowed says whether a package in room from may import pkg.
func Allowed(from, pkg string) bool {
	if pkg == Module || strings.HasPrefix(pkg, Module+"/") {
		return allowedRoom(from, pkg)
	}
	if first, _, _ := strings.Cut(pkg, "/"); !strings.Contains(first, ".") {
		return true // the standard library
	}
	if from == "drill" {
		return false
	}
	for prefix, homes := range Homes {
		if strings.HasPrefix(pkg, prefix) {
			return slices.Contains(homes, from)
		}
	}
	return true
}

func allowedRoom(from, pkg string) bool {
	to, ok := Room(pkg)
	switch {
	case !ok:
		return false
	case from == to:
		return true
	case to == "internal":
		return from != "drill"
	}
	return slices.Contains(Rooms[from], to) || slices.Contains(Rooms[from], "*")
}
