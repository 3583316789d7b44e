package scenarios

import (
	"fmt"
	"strconv"
	"strings"
)

// A Rate is requests per second: 300/s, 20/m.
type Rate float64

const maxRate = 100_000

// UnmarshalText reads a rate.
func (r *Rate) UnmarshalText(b []byte) error {
	s := string(b)
	if err := rateForm.check(s); err != nil {
		return err
	}
	num, unit, _ := strings.Cut(s, "/")
	v, err := strconv.ParseFloat(num, 64)
	v /= map[string]float64{"s": 1, "m": 60, "h": 3600}[unit]
	if err != nil || v > maxRate {
		return fmt.Errorf("%q is too much; at most %d/s", s, maxRate)
	}
	if v > 0 && v < 1.0/3600 {
		return fmt.Errorf("%q is too little; at least 1/h, or 0/s", s)
	}
	*r = Rate(v)
	return nil
}

// MarshalText writes the rate per second.
func (r Rate) MarshalText() ([]byte, error) {
	return []byte(strconv.FormatFloat(float64(r), 'f', -1, 64) + "/s"), nil
}
