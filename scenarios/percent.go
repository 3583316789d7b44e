package scenarios

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// A Percent is a share, kept as a ratio: 99.9% is 0.999.
type Percent float64

// UnmarshalText reads a percentage.
func (p *Percent) UnmarshalText(b []byte) error {
	if err := percentForm.check(string(b)); err != nil {
		return err
	}
	v, err := ratio(string(b))
	if err != nil || v > 1 {
		return fmt.Errorf("%q is too much; at most 100%%", string(b))
	}
	*p = Percent(v)
	return nil
}

// MarshalText writes the percentage.
func (p Percent) MarshalText() ([]byte, error) { return percentage(float64(p)), nil }

func (p Percent) String() string { return string(percentage(float64(p))) }

// ratio reads a percentage in one step, so that 99.9% is 0.999 and not a
// neighbour of it, as division would have it.
func ratio(s string) (float64, error) {
	return strconv.ParseFloat(strings.TrimRight(s, " %")+"e-2", 64)
}

// percentage is the shortest text that ratio reads as v: its decimal point moved.
func percentage(v float64) []byte {
	whole, part, _ := strings.Cut(strconv.FormatFloat(v, 'f', -1, 64), ".")
	part += "00"
	whole = strings.TrimLeft(whole+part[:2], "0")
	part = strings.TrimRight(part[2:], "0")
	if part != "" {
		part = "." + part
	}
	return []byte(cmp.Or(whole, "0") + part + "%")
}

// Below is a limit from above: "< 5%".
type Below float64

// UnmarshalText reads a limit.
func (l *Below) UnmarshalText(b []byte) error {
	if err := belowForm.check(string(b)); err != nil {
		return err
	}
	v, err := ratio(strings.TrimLeft(string(b), "< "))
	if err != nil || v > 1 {
		return fmt.Errorf("%q is too much; at most < 100%%", string(b))
	}
	*l = Below(v)
	return nil
}

// MarshalText writes the limit.
func (l Below) MarshalText() ([]byte, error) {
	return append([]byte("< "), percentage(float64(l))...), nil
}

// A Multiple is a share that may exceed the whole: 250%.
type Multiple float64

// UnmarshalText reads a percentage of any size up to 10000%.
func (m *Multiple) UnmarshalText(b []byte) error {
	if err := multipleForm.check(string(b)); err != nil {
		return err
	}
	v, err := ratio(string(b))
	if err != nil || v > 100 {
		return fmt.Errorf("%q is too much; at most 10000%%", string(b))
	}
	*m = Multiple(v)
	return nil
}

// MarshalText writes the percentage.
func (m Multiple) MarshalText() ([]byte, error) { return percentage(float64(m)), nil }
