package drill

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Judge holds objectives against readings (measuring.md 5.3, steps 1 and 2): a
// target is met only when the pessimistic bound meets it, missed only when the
// optimistic bound misses it, and inconclusive between. What spoils the run
// spoils its objectives. An RPO of 0 has no resolution: it asks that nothing
// acknowledged is lost (2.2). Nothing asked is inconclusive.
func Judge(spec Spec, a Analysis) ([]Result, Verdict, string) {
	results := []Result{}
	verdicts := []Verdict{}
	for _, o := range spec.Objectives {
		r := judge(o, a)
		results = append(results, r)
		verdicts = append(verdicts, r.Verdict)
	}
	v := Worst(verdicts...)
	return results, v, reason(results, v)
}

func reason(rs []Result, v Verdict) string {
	if len(rs) == 0 {
		return "nothing was asked: the scenario has no objectives"
	}
	var parts []string
	for _, r := range rs {
		if r.Verdict == v && v != Pass {
			parts = append(parts, r.Objective.ID+": "+r.Reason)
		}
	}
	if len(parts) == 0 {
		return fmt.Sprintf("all %d objectives met", len(rs))
	}
	return strings.Join(slices.Compact(parts), "; ")
}

func judge(o Objective, a Analysis) Result {
	r := Result{Objective: o, Reading: a.Reading(o.Metric), Verdict: Inconclusive}
	for _, inv := range a.Invalid {
		if inv.spoils(o) {
			r.Reason = inv.Text
			return r
		}
	}
	rd := r.Reading
	switch {
	case !rd.Known:
		r.Reason = "not measured: " + rd.Why
	case math.IsNaN(rd.Value):
		r.Reason = "not a number"
	case o.Metric == MetricRPA && o.Op == AtMost && o.Target == 0 && a.Ledger != nil:
		gate(&r, a.Ledger.Lost == 0, a.Ledger.Lost > 0)
	case o.Op == AtLeast:
		gate(&r, rd.Low >= o.Target && !rd.Censored, rd.High < o.Target)
	case o.Op == AtMost:
		gate(&r, rd.High <= o.Target && !rd.Censored, rd.Low > o.Target)
	default:
		r.Reason = fmt.Sprintf("unknown comparison %q", o.Op)
	}
	if text := alertText(r); rd.Known && text != "" {
		r.Reason = text
	}
	return r
}

func gate(r *Result, met, missed bool) {
	yes, no := true, false
	rd, target := r.Reading, r.Objective.Target
	switch {
	case met:
		r.Verdict, r.Met = Pass, &yes
	case missed:
		r.Verdict, r.Met = Fail, &no
		r.Reason = fmt.Sprintf("achieved %s, wanted %s %s", rd.Unit.apart(rd.Value, target), r.Objective.Op.text(), rd.Unit.precise(target, 9))
	case rd.Censored:
		r.Reason = fmt.Sprintf("not recovered when the load ended: more than %s; observe for longer", rd.Unit.text(rd.Low))
	case rd.Metric == MetricRPA && rd.Value <= target:
		r.Reason = fmt.Sprintf("resolution: the recovery point lies between %s and %s s, which straddles %s: write more often, and look for writes lost after the outage began", decimal(rd.Low, 4), decimal(rd.High, 4), decimal(target, 9))
	default:
		r.Reason = fmt.Sprintf("resolution ±%s straddles %s: raise the rate", rd.Unit.precise((rd.High-rd.Low)/2, 2), decimal(rd.Unit.scale()*target, 9))
	}
}

// Unmeasured lists the metrics without a number, and why.
func Unmeasured(_ Spec, a Analysis) []NotMeasured {
	out := []NotMeasured{}
	for _, r := range a.Readings {
		if !r.Known {
			out = append(out, NotMeasured{r.Metric, r.Why})
		}
	}
	return out
}
