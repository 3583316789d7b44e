package drill

import (
	"fmt"
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
func (u Unit) text(v float64) string {
	return strings.TrimSpace(fmt.Sprintf("%.4g %s", u.scale()*v, u.symbol()))
}

func (o Op) text() string {
	if o == AtLeast {
		return "at least"
	}
	return "at most"
}
