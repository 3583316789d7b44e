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

// PerSecond is how often something happens, written like 300/s.
type PerSecond float64

// UnmarshalText reads how often.
func (p *PerSecond) UnmarshalText(b []byte) error {
	num, ok := strings.CutSuffix(strings.TrimSpace(string(b)), "/s")
	v, err := strconv.ParseFloat(strings.TrimSpace(num), 64)
	if !ok || err != nil || !(v >= 0 && v <= 1e6) {
		return fmt.Errorf("%q is not a number per second; write it like 300/s", string(b))
	}
	*p = PerSecond(v)
	return nil
}

// MarshalText writes how often.
func (p PerSecond) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

func (p PerSecond) String() string { return strconv.FormatFloat(float64(p), 'f', -1, 64) + "/s" }

// CPUs is a number of processors, written like 0.5: half of one.
type CPUs float64

// UnmarshalText reads a number of processors.
func (c *CPUs) UnmarshalText(b []byte) error {
	v, err := strconv.ParseFloat(strings.TrimSpace(string(b)), 64)
	if err != nil || !(v >= 0 && v <= 4096) {
		return fmt.Errorf("%q is not a number of processors; write it like 0.5 or 2", string(b))
	}
	*c = CPUs(v)
	return nil
}

// MarshalText writes a number of processors.
func (c CPUs) MarshalText() ([]byte, error) {
	return []byte(strconv.FormatFloat(float64(c), 'f', -1, 64)), nil
}

func (c CPUs) String() string { return strconv.FormatFloat(float64(c), 'f', -1, 64) }

// A Size is in bytes, written like 64MiB.
type Size uint64

var sizeUnits = []struct {
	suffix string
	times  uint64
}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// UnmarshalText reads a size.
func (s *Size) UnmarshalText(b []byte) error {
	text := strings.TrimSpace(string(b))
	for _, u := range sizeUnits {
		num, ok := strings.CutSuffix(text, u.suffix)
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(num), 64)
		if err != nil || !(v >= 0 && v*float64(u.times) <= 1<<50) {
			break
		}
		*s = Size(v * float64(u.times))
		return nil
	}
	return fmt.Errorf("%q is not a size; write it like 64MiB or 1.5GiB", string(b))
}

// MarshalText writes a size exactly.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// String is the size in its largest whole unit.
func (s Size) String() string {
	for _, u := range sizeUnits {
		if uint64(s) >= u.times && uint64(s)%u.times == 0 {
			return strconv.FormatUint(uint64(s)/u.times, 10) + u.suffix
		}
	}
	return "0B"
}

// about is the size for people, with one decimal.
func (s Size) about() string {
	for _, u := range sizeUnits[:4] {
		if uint64(s) >= u.times {
			return strconv.FormatFloat(float64(s)/float64(u.times), 'f', 1, 64) + u.suffix
		}
	}
	return s.String()
}
