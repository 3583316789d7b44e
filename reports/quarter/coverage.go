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

// strategies of replication that the bundled system can have. Of systems of the user's
// own drillctl does not know it: they are a table of their own.
var strategies = []string{"async", "sync", backups}

const unknown = "unknown"

// coverage counts what was drilled. NotDrilled are the regions that no fault hit,
// then region and class, then the strategies.
func coverage(runs []Run) Coverage {
	c := Coverage{Classes: slices.Clone(allClasses), Strategies: slices.Clone(strategies), homes: map[string][]string{}}
	cells := map[[3]string]*Cell{}
	for _, r := range runs {
		if r.Record == nil {
			continue
		}
		for _, region := range r.Record.Spec.Regions {
			c.Regions = include(c.Regions, region)
			for _, s := range strategiesLike(*r.Record) {
				c.homes[s] = include(c.homes[s], region)
			}
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
	strategy := strategyOf(rec)
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

func strategyOf(rec drill.Record) string {
	if c := rec.Spec.Context; c != nil && c.Replication != "" {
		return c.Replication
	}
	return unknown
}

// strategiesLike are the ways to replicate that a drill's system could have been
// drilled with.
func strategiesLike(rec drill.Record) []string {
	if s := strategyOf(rec); s == unknown {
		return []string{s}
	}
	return strategies
}

// regionsOf are the regions that a fault counts for.
func regionsOf(s drill.StepSpec) []string {
	if Class(s.Fault) == misset {
		return []string{Shared}
	}
	return s.Regions
}

// Expects says whether a combination that was not drilled is a gap: mistakes in the
// configuration are released to all regions, other classes hit one, of what the user
// breaks by commands nobody knows where it could be done, and a region is one of its
// own system.
func (c Coverage) Expects(region, class, strategy string) bool {
	home := len(c.homes[strategy]) > 0 && region == Shared || slices.Contains(c.homes[strategy], region)
	return home && slices.Contains(allClasses, class) && (region == Shared) == (class == misset) && (class != spoilt || strategy == backups)
}

func (c Coverage) has(region, class, strategy string) bool {
	return slices.ContainsFunc(c.Cells, func(x Cell) bool {
		return (region == "" || x.Region == region) && (class == "" || x.Class == class) && (strategy == "" || x.Strategy == strategy)
	})
}

func (c Coverage) gaps() []string {
	var out []string
	for _, region := range c.Regions {
		if region != Shared && !c.has(region, "", "") {
			out = append(out, region+": any fault")
			continue
		}
		out = append(out, c.gapsOf(region)...)
	}
	for _, s := range c.Strategies {
		if !c.has("", "", s) {
			out = append(out, "replication "+s+": any fault")
			continue
		}
		for _, x := range c.Cells { // what another strategy has, and this one has not
			if c.Expects(x.Region, x.Class, s) && !c.has(x.Region, x.Class, s) {
				out = include(out, x.Region+": "+x.Class+" with replication "+s)
			}
		}
	}
	return out
}

// gapsOf are the classes that a region was not drilled with in any way.
func (c Coverage) gapsOf(region string) []string {
	var out []string
	for _, class := range c.Classes {
		expected := slices.DeleteFunc(slices.Clone(c.Strategies), func(s string) bool { return !c.Expects(region, class, s) })
		switch {
		case len(expected) == 0 || c.has(region, class, ""):
		case !slices.Equal(expected, []string{backups}):
			out = append(out, region+": "+class)
		case c.has("", "", backups): // else no backup was drilled at all, which is told elsewhere
			out = append(out, region+": "+class+" with replication "+backups)
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
