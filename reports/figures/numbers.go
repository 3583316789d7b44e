// Package figures prints measured numbers: one way for all reports, so that a number
// reads the same wherever it stands, and never as more than was measured.
package figures

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Fixed prints v with the given decimals, and more where it would else read as
// a zero that it is not.
func Fixed(v float64, decimals int) string {
	if v != 0 {
		for decimals < 9 && math.Abs(v) < 0.5*math.Pow10(-decimals) {
			decimals++
		}
	}
	return strconv.FormatFloat(v, 'f', decimals, 64)
}

// Trimmed prints v without zeros at its end, for what people wrote: targets.
func Trimmed(v float64) string {
	return strconv.FormatFloat(math.Round(v*1e9)/1e9, 'f', -1, 64)
}

// A rounding is to the nearest, or to the side that promises nothing: a lower
// bound goes down and an upper one up.
type rounding int

const (
	nearest rounding = iota
	down
	up
)

// round rounds v at the given decimals; what floats add to a decimal number does
// not count.
func (r rounding) round(v float64, decimals int) float64 {
	scale := math.Pow10(decimals)
	switch r {
	case down:
		return math.Floor(v*scale+1e-6) / scale
	case up:
		return math.Ceil(v*scale-1e-6) / scale
	}
	return v
}

// Seconds prints a measured time: hundredths below a minute and a half, then
// tenths, then minutes.
func Seconds(s float64) string { return roundedSeconds(s, nearest) }

func roundedSeconds(s float64, r rounding) string {
	switch {
	case s == 0:
		return "0 s"
	case math.Abs(s) >= 1e9: // no drill's; a Duration would overflow
		return strconv.FormatFloat(s, 'g', 3, 64) + " s"
	case math.Abs(s) < 99.995:
		return roundedFixed(s, 2, r) + " s"
	case math.Abs(s) < 600:
		return roundedFixed(s, 1, r) + " s"
	}
	return wholeMinutes(time.Duration(r.round(s, 0) * float64(time.Second)).Round(time.Second))
}

func roundedFixed(v float64, decimals int, r rounding) string {
	if rounded := r.round(v, decimals); rounded != 0 {
		v = rounded
	}
	return Fixed(v, decimals)
}

// wholeMinutes prints a long time in at most two units.
func wholeMinutes(d time.Duration) string {
	const day = 24 * time.Hour
	two := func(a time.Duration, an string, b time.Duration, bn string) string {
		if rest := (d % a) / b; rest > 0 {
			return fmt.Sprintf("%d %s %d %s", d/a, an, rest, bn)
		}
		return fmt.Sprintf("%d %s", d/a, an)
	}
	switch {
	case d >= day:
		return two(day, "d", time.Hour, "h")
	case d >= time.Hour:
		return two(time.Hour, "h", time.Minute, "min")
	}
	return two(time.Minute, "min", time.Second, "s")
}

// Span prints a time that someone chose: 500 ms, 5 s, 30 min, 30 d.
func Span(d time.Duration) string {
	switch {
	case d == 0:
		return "0 s"
	case d < time.Second:
		return Trimmed(float64(d)/float64(time.Millisecond)) + " ms"
	case d < 2*time.Minute || d%time.Second != 0:
		return Trimmed(d.Seconds()) + " s"
	}
	return wholeMinutes(d)
}

// Latency prints a short measured time with two or three figures; negative is
// none.
func Latency(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	switch {
	case d < 0:
		return "none"
	case d == 0:
		return "0 ms"
	case ms < 9.95:
		return Fixed(ms, 1) + " ms"
	case ms < 999.5:
		return Fixed(ms, 0) + " ms"
	}
	return Seconds(d.Seconds())
}

// Instant prints when something happened, from the beginning of the load.
func Instant(d time.Duration) string { return Fixed(d.Seconds(), 2) + " s" }

// Percent prints a ratio so that it never reads as all or nothing when it is
// not quite: two decimals, or one figure of what is left to all or nothing.
func Percent(r float64) string {
	decimals := 2
	for rest := min(math.Abs(r), math.Abs(1-r)); rest != 0 && rest < 1 && decimals < 6; decimals++ {
		if rest*100 >= 0.95*math.Pow10(-decimals) {
			break
		}
	}
	s := strconv.FormatFloat(100*r, 'f', decimals, 64)
	if r == 0 || r == 1 {
		s = Trimmed(100 * r)
	}
	return s + " %"
}

// Share prints a part of the traffic, where tenths are enough, but never 0 or
// 100 for what is not.
func Share(n, all uint64) string {
	switch {
	case all == 0:
		return "-"
	case n == 0 || n == all:
		return strconv.FormatUint(100*n/all, 10) + " %"
	case 1000*n < all:
		return "< 0.1 %"
	case 1000*(all-n) < all:
		return "> 99.9 %"
	}
	return strconv.FormatFloat(100*float64(n)/float64(all), 'f', 1, 64) + " %"
}

// Count prints a number in groups of three.
func Count(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Plural is "1 word" or "n words".
func Plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return Count(uint64(n)) + " " + word + "s"
}
