package scenarios

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// maxDuration bounds every duration of a scenario: an error budget's window can
// be long, but not beyond this.
const maxDuration = 366 * 24 * time.Hour

const day = 24 * time.Hour

// A Duration is Go's, with days: 500ms, 1m30s, 30d.
type Duration time.Duration

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(b []byte) error {
	s := string(b)
	if err := durationForm.check(s); err != nil {
		return err
	}
	total, rest := time.Duration(0), s
	if days, after, ok := strings.Cut(s, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n > int(maxDuration/day) {
			return fmt.Errorf("%q is too long; at most %s", s, Duration(maxDuration))
		}
		total, rest = time.Duration(n)*day, after
	}
	if rest != "" {
		v, err := time.ParseDuration(rest)
		if err != nil || v > maxDuration-total { // the form is right: it can only be an overflow
			return fmt.Errorf("%q is too long; at most %s", s, Duration(maxDuration))
		}
		total += v
	}
	*d = Duration(total)
	return nil
}

// MarshalText writes the duration as it would be written.
func (d Duration) MarshalText() ([]byte, error) {
	t := time.Duration(d)
	if t >= day && t%day == 0 {
		return fmt.Appendf(nil, "%dd", t/day), nil
	}
	s := t.String()
	if m, ok := strings.CutSuffix(s, "m0s"); ok {
		s = m + "m"
	}
	if h, ok := strings.CutSuffix(s, "h0m"); ok {
		s = h + "h"
	}
	return []byte(s), nil
}

func (d Duration) std() time.Duration { return time.Duration(d) }

func (d Duration) String() string {
	b, _ := d.MarshalText() // never fails
	return string(b)
}
