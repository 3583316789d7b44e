package quarter

import (
	"fmt"
	"strconv"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// number prints a value of a unit, with at least two figures.
func number(v float64, u drill.Unit) string {
	switch u {
	case drill.Seconds:
		return figures(v) + " s"
	case drill.Ratio:
		return figures(100*v) + " %"
	}
	return figures(v)
}

// figures prints hundredths, and as many decimals more as a small number needs
// to have two figures.
func figures(v float64) string {
	if v != 0 && v < 0.1 && v > -0.1 {
		return strconv.FormatFloat(v, 'g', 2, 64)
	}
	s := strconv.FormatFloat(v, 'f', 2, 64)
	for len(s) > 1 && s[len(s)-1] == '0' {
		s = s[:len(s)-1]
	}
	if s[len(s)-1] == '.' {
		s = s[:len(s)-1]
	}
	return s
}

// achieved prints a reading with its bounds. What is not known is no number.
func achieved(r drill.Reading) string {
	switch {
	case !r.Known && r.Why != "":
		return "not known: " + r.Why
	case !r.Known:
		return "not known"
	case r.Censored:
		return "more than " + number(r.Value, r.Unit)
	case r.Low == r.High || r.Unit == drill.Count:
		return number(r.Value, r.Unit)
	}
	return fmt.Sprintf("%s (%s to %s)", number(r.Value, r.Unit), number(r.Low, r.Unit), number(r.High, r.Unit))
}

func target(o drill.Objective) string {
	if o.Op == drill.AtLeast {
		return "at least " + number(o.Target, o.Unit)
	}
	return "at most " + number(o.Target, o.Unit)
}

func utc(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}
