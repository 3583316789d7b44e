package faults

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// All lists every kind of damage, by name. Parser, schema, help, doctor and
// journal read it; a test fails when a kind is missing from it.
func All() []Kind {
	return []Kind{bandwidth, blackhole, certificate, command, configPush, corruptBackup, cpuThrottle, crash, diskFull, dnsFail, dnsSlow, external, flooded, httpFail, httpSlow, kill, latency, loss, memoryLimit, oom, partition, pause, powerLoss, reset, restart, rotateKeys, stop}
}

// onlyDocker are the runtimes of what an engine does.
var onlyDocker = []string{"docker"}

// Lookup finds a kind by its name.
func Lookup(name string) (Kind, bool) {
	i := slices.IndexFunc(All(), func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}
	return All()[i], true
}

// Names are the kinds' names in order.
func Names() []string {
	var names []string
	for _, k := range All() {
		names = append(names, k.Name)
	}
	return names
}

// Suggest says which kinds are known, the probable one first.
func Suggest(name string) string {
	best, dist := "", 4
	for _, n := range Names() {
		if d := levenshtein.ComputeDistance(name, n); d < dist {
			best, dist = n, d
		}
	}
	known := "known: " + strings.Join(Names(), ", ")
	if best != "" {
		return fmt.Sprintf("did you mean %s? %s", best, known)
	}
	return known
}
