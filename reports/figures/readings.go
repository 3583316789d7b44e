package figures

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// Amount prints a measured number in its unit.
func Amount(v float64, u drill.Unit) string { return roundedAmount(v, u, nearest) }

func roundedAmount(v float64, u drill.Unit, r rounding) string {
	switch u {
	case drill.Seconds:
		return roundedSeconds(v, r)
	case drill.Ratio:
		return Percent(v)
	}
	if v == math.Trunc(v) && v >= 0 {
		return Count(uint64(v))
	}
	return Fixed(v, 2)
}

// Target prints an objective's target: "≤ 10 s".
func Target(o drill.Objective) string {
	op := strings.NewReplacer("<=", "≤", ">=", "≥").Replace(string(o.Op))
	return op + " " + wanted(o.Target, o.Unit)
}

func wanted(v float64, u drill.Unit) string {
	switch u {
	case drill.Seconds:
		return Span(time.Duration(math.Round(v * float64(time.Second))))
	case drill.Ratio:
		return Trimmed(100*v) + " %"
	}
	return Trimmed(v)
}

// amount prints a number of a reading. Latencies are known to 0.8 %, and hundredths of
// a second would hide that.
func amount(r drill.Reading, v float64, to rounding) string {
	if (r.Metric == drill.MetricP99 || r.Metric == drill.MetricAddedLatency) && v > 0 && v < 0.9995 {
		decimals := 0
		if v < 0.00995 {
			decimals = 1
		}
		return roundedFixed(1e3*v, decimals, to) + " ms"
	}
	return roundedAmount(v, r.Unit, to)
}

// Achieved prints a reading; an unknown one is never a number.
func Achieved(r drill.Reading) string {
	switch {
	case !r.Known:
		return "not measured"
	case r.Censored:
		return "> " + amount(r, r.Value, down)
	case r.Unit == drill.Seconds && r.Value == 0 && r.High > 0:
		return "< " + amount(r, r.High, up)
	}
	return amount(r, r.Value, nearest)
}

// Resolution prints half the distance of a reading's bounds.
func Resolution(r drill.Reading) string {
	half := (r.High - r.Low) / 2
	switch {
	case !r.Known || r.Censored:
		return ""
	case half == 0:
		return "exact"
	case r.Unit == drill.Ratio:
		return "±" + roundedFixed(100*half, 2, up) + " %"
	}
	return "±" + amount(r, half, up)
}

// Bounds prints between what the truth lies, as "4.28 to 4.35 s".
func Bounds(r drill.Reading) string {
	if !r.Known || r.Censored || r.High == r.Low {
		return ""
	}
	low, high := amount(r, r.Low, down), amount(r, r.High, up)
	if _, unit, ok := strings.Cut(high, " "); ok && strings.Count(low, " ") == 1 {
		low = strings.TrimSuffix(low, " "+unit)
	}
	return low + " to " + high
}

// AchievedBeside prints an achieved value with as many decimals as it takes to
// tell it from its target: no "10.00 s" that misses "10 s".
func AchievedBeside(r drill.Result) string {
	s := Achieved(r.Reading)
	v, target, unit := r.Reading.Value, r.Objective.Target, ""
	if !r.Reading.Known || v == target {
		return s
	}
	switch r.Objective.Unit {
	case drill.Seconds:
		unit = " s"
		if strings.HasSuffix(s, " ms") {
			v, target, unit = 1e3*v, 1e3*target, " ms"
		}
	case drill.Ratio:
		v, target, unit = 100*v, 100*target, " %"
	}
	shown, err := strconv.ParseFloat(strings.TrimSuffix(s, unit), 64)
	if err != nil || math.Abs(shown-target) > 1e-9 {
		return s
	}
	first := 3
	if unit == " ms" {
		first = 1
	}
	for decimals := first; decimals < 7; decimals++ {
		if s = strconv.FormatFloat(v, 'f', decimals, 64); s != strconv.FormatFloat(target, 'f', decimals, 64) {
			break
		}
	}
	return s + unit
}
