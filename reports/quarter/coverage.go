package quarter

import (
	"cmp"
	"slices"

	"github.com/drillctl/drillctl/drill"
)

// A class of faults is what they look like from outside.
const (
	silent    = "silence"       // packets vanish
	slow      = "slowness"      // answers come late
	lossy     = "loss"          // some packets or connections are lost
	wrong     = "errors"        // answers come, and are wrong
	dead      = "death"         // processes end without warning
	frozen    = "freeze"        // processes hang
	exhausted = "exhaustion"    // processor, memory, disk or capacity run out
	planned   = "planned"       // an orderly stop
	spoilt    = "corruption"    // what is kept cannot be read any more
	misset    = "configuration" // a change is released to all
)

var allClasses = []string{silent, slow, lossy, wrong, dead, frozen, exhausted, planned, spoilt, misset}

// Shared stands for the region of what is released to all of them.
const Shared = "all regions"

// classes of the kinds of faults.
var classes = map[string]string{
	"blackhole": silent, "partition": silent, "latency": slow, "bandwidth": slow, "http-slow": slow, "dns-slow": slow,
	"loss": lossy, "reset": lossy, "http-fail": wrong, "dns-fail": wrong, "certificate": wrong,
	"kill": dead, "crash": dead, "oom": dead, "power-loss": dead, "pause": frozen,
	"cpu-throttle": exhausted, "memory-limit": exhausted, "disk-full": exhausted, "flood": exhausted,
	"stop": planned, "restart": planned, "corrupt-backup": spoilt, "config-push": misset, "rotate-keys": misset,
}

// Class is what a kind of fault looks like from outside. A kind that no class
// is known for, such as a command of the user's, is a class of its own.
func Class(fault string) string { return cmp.Or(classes[fault], fault) }

// KnownClass says whether a kind has been given a class.
func KnownClass(fault string) bool { return classes[fault] != "" }

// backups are the way to replicate that keeps what can rot.
const backups = "backup"

// strategies of replication that a system can have.
var strategies = []string{"async", "sync", backups}

// coverage counts what was drilled. NotDrilled are the regions that no fault hit,
// then region and class, then the strategies.
func coverage(runs []Run) Coverage {
	c := Coverage{Classes: slices.Clone(allClasses), Strategies: slices.Clone(strategies)}
	cells := map[[3]string]*Cell{}
	for _, r := range runs {
		if r.Record == nil {
			continue
		}
		for _, region := range r.Record.Spec.Regions {
			c.Regions = include(c.Regions, region)
		}
		for _, key := range drilled(*r.Record) {
			c.Classes, c.Strategies = include(c.Classes, key[1]), include(c.Strategies, key[2])
			cell := cells[key]
			if cell == nil {
				cell = &Cell{Region: key[0], Class: key[1], Strategy: key[2]}
				cells[key] = cell
			}
			cell.Runs++
			if r.Record.Verdict == drill.Pass {
				cell.Passed++
			}
		}
	}
	if len(c.Regions) > 0 {
		c.Regions = append(c.Regions, Shared)
	}
	for _, cell := range cells {
		c.Cells = append(c.Cells, *cell)
	}
	slices.SortFunc(c.Cells, func(a, b Cell) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Class, b.Class), cmp.Compare(a.Strategy, b.Strategy))
	})
	c.NotDrilled = c.gaps()
	return c
}

// drilled are the combinations that one run counts for: judged, and the fault
// proved in force.
func drilled(rec drill.Record) [][3]string {
	if rec.Verdict != drill.Pass && rec.Verdict != drill.Fail {
		return nil
	}
	strategy := "unknown"
	if c := rec.Spec.Context; c != nil && c.Replication != "" {
		strategy = c.Replication
	}
	var out [][3]string
	for _, f := range rec.Analysis.Faults {
		if !f.IsInForce {
			continue
		}
		for _, region := range regionsOf(f.Step) {
			if key := [3]string{region, Class(f.Step.Fault), strategy}; !slices.Contains(out, key) {
				out = append(out, key)
			}
		}
	}
	return out
}

// regionsOf are the regions that a fault counts for.
func regionsOf(s drill.StepSpec) []string {
	if Class(s.Fault) == misset {
		return []string{Shared}
	}
	return s.Regions
}

// Expects says whether a combination that was not drilled is a gap: mistakes in the
// configuration are released to all regions, other classes hit one, and of what the
// user breaks by commands nobody knows where it could be done.
func (c Coverage) Expects(region, class, strategy string) bool {
	return slices.Contains(allClasses, class) && (region == Shared) == (class == misset) && (class != spoilt || strategy == backups)
}

func (c Coverage) gaps() []string {
	has := func(region, class, strategy string) bool {
		return slices.ContainsFunc(c.Cells, func(x Cell) bool {
			return (region == "" || x.Region == region) && (class == "" || x.Class == class) && (strategy == "" || x.Strategy == strategy)
		})
	}
	var out []string
	for _, region := range c.Regions {
		if region != Shared && !has(region, "", "") {
			out = append(out, region+": nothing")
			continue
		}
		for _, class := range c.Classes {
			switch {
			case !c.Expects(region, class, backups) || has(region, class, ""):
			case c.Expects(region, class, ""):
				out = append(out, region+": "+class)
			case has("", "", backups): // else no backup was drilled at all, which is told below
				out = append(out, region+": "+class+" with replication "+backups)
			}
		}
	}
	for _, s := range c.Strategies {
		if !has("", "", s) {
			out = append(out, "replication "+s+": nothing")
			continue
		}
		for _, x := range c.Cells { // what another strategy has, and this one has not
			if c.Expects(x.Region, x.Class, s) && !has(x.Region, x.Class, s) {
				out = include(out, x.Region+": "+x.Class+" with replication "+s)
			}
		}
	}
	return out
}

func include(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
