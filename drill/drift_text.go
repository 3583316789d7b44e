package drill

import (
	"fmt"
	"slices"
	"strings"
)

// text is a finding in one line.
func (f DriftFinding) text() string {
	what := f.Setting
	if f.Role != "" {
		what = f.Role + " " + what
	}
	if f.Against == AgainstLastRun {
		return what + " " + f.change() + whose(f.Values[0].Instances)
	}
	var parts []string
	for _, v := range f.Values {
		parts = append(parts, clipped(v.Value)+" in "+f.where(v))
	}
	return what + ": " + strings.Join(parts, ", ")
}

// change says what was and what is.
func (f DriftFinding) change() string {
	was, now := f.Values[0].Value, f.Values[1].Value
	switch {
	case f.Setting == "instance" && was == driftAbsent:
		return "is new"
	case f.Setting == "instance":
		return "is gone"
	case was == driftAbsent:
		return "is new, " + clipped(now)
	case now == driftAbsent:
		return "is gone, was " + clipped(was)
	case was == secretDiffers || now == secretDiffers:
		return "has another value"
	}
	return fmt.Sprintf("is %s, was %s", clipped(now), clipped(was))
}

// where names the regions that a value is alone in, and the instances where a
// region has several values.
func (f DriftFinding) where(v DriftValue) string {
	for _, o := range f.Values {
		shared := slices.ContainsFunc(o.Regions, func(r string) bool { return slices.Contains(v.Regions, r) })
		if shared && !slices.Equal(o.Instances, v.Instances) {
			return few(v.Instances)
		}
	}
	return few(v.Regions)
}

// whose instances; nothing for the whole system.
func whose(names []string) string {
	if len(names) == 1 && names[0] == wholeSystemName {
		return ""
	}
	return " (" + few(names) + ")"
}

func few(names []string) string {
	if n := len(names) - maxDriftNames; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxDriftNames], ", "), n)
	}
	return strings.Join(names, ", ")
}

func clipped(value string) string {
	if value == "" {
		return `""`
	}
	if r := []rune(value); len(r) > maxDriftShown {
		return string(r[:maxDriftShown]) + "..."
	}
	return value
}

// Reading is the number of differences that count, for the objective drift.
// Nothing to compare is not "no difference".
func (d *Drift) Reading(spec DriftSpec) Reading {
	if d == nil {
		return unknown(MetricDrift, Count, "the configuration was not looked at")
	}
	found, compared := len(d.Findings), len(d.Compared)
	if spec.Regions {
		found, compared = 0, d.Roles
		for _, f := range d.Findings {
			if f.Against == AgainstRegions {
				found++
			}
		}
	}
	switch {
	case found > 0:
		return exact(MetricDrift, Count, float64(found), "")
	case compared == 0:
		return unknown(MetricDrift, Count, "nothing to compare: "+strings.Join(d.NotCompared, "; "))
	case d.Blind:
		return unknown(MetricDrift, Count, "not all could be read: "+strings.Join(d.NotCompared, "; "))
	}
	return exact(MetricDrift, Count, 0, "")
}
