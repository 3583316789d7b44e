package drill

import (
	"math"
	"strconv"
	"strings"
)

// scale is what a number is multiplied with for people: they read ratios in percent.
func (u Unit) scale() float64 {
	if u == Ratio {
		return 100
	}
	return 1
}

// symbol stands behind a number for people; a count has none.
func (u Unit) symbol() string {
	switch u {
	case Ratio:
		return "%"
	case Count:
		return ""
	}
	return string(u)
}

// text is a number with its unit, in four digits.
func (u Unit) text(v float64) string { return u.precise(v, 4) }

func (u Unit) precise(v float64, digits int) string {
	return strings.TrimSpace(decimal(u.scale()*v, digits) + " " + u.symbol())
}

// apart is v with its unit, in as many digits as tell it from w.
func (u Unit) apart(v, w float64) string {
	digits := 4
	for digits < 9 && v != w && u.precise(v, digits) == u.precise(w, 9) {
		digits++
	}
	return u.precise(v, digits)
}

// decimal rounds v to so many digits, but keeps what stands before the point; it
// writes no powers of ten, which are for engineers.
func decimal(v float64, digits int) string {
	if whole := math.Floor(math.Log10(math.Abs(v))) + 1; whole > float64(digits) && whole < 16 {
		digits = int(whole)
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', digits, 64), 64)
	if a := math.Abs(rounded); a >= 1e16 || a > 0 && a < 1e-9 {
		return strconv.FormatFloat(v, 'g', digits, 64)
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

func (o Op) text() string {
	if o == AtLeast {
		return "at least"
	}
	return "at most"
}
