package faults

import (
	"fmt"
	"strconv"
	"strings"
)

// A Percent is a share, written like 5%.
type Percent float64

// UnmarshalText reads a percentage.
func (p *Percent) UnmarshalText(b []byte) error {
	num, ok := strings.CutSuffix(strings.TrimSpace(string(b)), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(num), 64)
	if !ok || err != nil || !(v >= 0 && v <= 100) {
		return fmt.Errorf("%q is not a percentage; write it like 5%%", string(b))
	}
	*p = Percent(v / 100)
	return nil
}

// MarshalText writes a percentage.
func (p Percent) MarshalText() ([]byte, error) {
	return []byte(strconv.FormatFloat(float64(p)*100, 'g', 12, 64) + "%"), nil
}

// A BitRate is in bits per second, written like 512kbit or 1mbit.
type BitRate uint64

var bitUnits = []struct {
	suffix string
	times  float64
}{{"gbit", 1e9}, {"mbit", 1e6}, {"kbit", 1e3}, {"bit", 1}}

// UnmarshalText reads a rate.
func (r *BitRate) UnmarshalText(b []byte) error {
	s := strings.ToLower(strings.TrimSpace(string(b)))
	for _, u := range bitUnits {
		num, ok := strings.CutSuffix(s, u.suffix)
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(num, 64)
		if err != nil || !(v >= 0 && v*u.times <= 1e12) {
			break
		}
		*r = BitRate(v * u.times)
		return nil
	}
	return fmt.Errorf("%q is not a rate; write it like 512kbit or 1mbit", string(b))
}

// MarshalText writes a rate.
func (r BitRate) MarshalText() ([]byte, error) {
	for _, u := range bitUnits {
		if float64(r) >= u.times || u.times == 1 {
			return []byte(strconv.FormatFloat(float64(r)/u.times, 'f', -1, 64) + u.suffix), nil
		}
	}
	return nil, nil
}
