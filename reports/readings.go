package reports

import (
	"math"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// amount prints a measured number in its unit.
func amount(v float64, u drill.Unit) string { return roundedAmount(v, u, nearest) }

func roundedAmount(v float64, u drill.Unit, r rounding) string {
	switch u {
	case drill.Seconds:
		return roundedSeconds(v, r)
	case drill.Ratio:
		return percent(v)
	}
	if v == math.Trunc(v) && v >= 0 {
		return count(uint64(v))
	}
	return fixed(v, 2)
}

// targetText prints an objective's target: "≤ 10 s".
func targetText(o drill.Objective) string {
	op := strings.NewReplacer("<=", "≤", ">=", "≥").Replace(string(o.Op))
	return op + " " + wanted(o.Target, o.Unit)
}

func wanted(v float64, u drill.Unit) string {
	switch u {
	case drill.Seconds:
		return span(time.Duration(math.Round(v * float64(time.Second))))
	case drill.Ratio:
		return trimmed(100*v) + " %"
	}
	return trimmed(v)
}

// achieved prints a reading; an unknown one is never a number.
func achieved(r drill.Reading) string {
	switch {
	case !r.Known:
		return "not measured"
	case r.Censored:
		return "> " + roundedAmount(r.Value, r.Unit, down)
	case r.Unit == drill.Seconds && r.Value == 0 && r.High > 0:
		return "< " + roundedAmount(r.High, r.Unit, up)
	}
	return amount(r.Value, r.Unit)
}

// resolution prints half the distance of a reading's bounds.
func resolution(r drill.Reading) string {
	half := (r.High - r.Low) / 2
	switch {
	case !r.Known || r.Censored:
		return ""
	case half == 0:
		return "exact"
	case r.Unit == drill.Ratio:
		return "±" + roundedFixed(100*half, 2, up) + " %"
	}
	return "±" + roundedAmount(half, r.Unit, up)
}

// bounds prints between what the truth lies, as "4.28 to 4.35 s".
func bounds(r drill.Reading) string {
	if !r.Known || r.Censored || r.High == r.Low {
		return ""
	}
	low, high := roundedAmount(r.Low, r.Unit, down), roundedAmount(r.High, r.Unit, up)
	if _, unit, ok := strings.Cut(high, " "); ok && strings.Count(low, " ") == 1 {
		low = strings.TrimSuffix(low, " "+unit)
	}
	return low + " to " + high
}
