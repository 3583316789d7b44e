package scenarios

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// maxDuration bounds every duration of a scenario: an error budget's window can
// be long, but not beyond this.
const maxDuration = 366 * 24 * time.Hour

// A Duration is Go's, with days: 500ms, 1m30s, 30d.
type Duration time.Duration

var days = regexp.MustCompile(`^([0-9]+)d(.*)$`)

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(b []byte) error {
	s := string(b)
	var total time.Duration
	if m := days.FindStringSubmatch(s); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil || n > int(maxDuration/(24*time.Hour)) {
			return fmt.Errorf("duration %q is too long; at most 366d", s)
		}
		total, s = time.Duration(n)*24*time.Hour, m[2]
	}
	if s != "" {
		v, err := time.ParseDuration(s)
		if err != nil {
			return fmt.Errorf("%q is not a duration; write it like 500ms, 10s, 1m30s or 30d", string(b))
		}
		total += v
	}
	switch {
	case len(b) == 0:
		return fmt.Errorf("the duration is empty; write it like 500ms, 10s, 1m30s or 30d")
	case total < 0:
		return fmt.Errorf("duration %q is negative", string(b))
	case total > maxDuration:
		return fmt.Errorf("duration %q is too long; at most 366d", string(b))
	}
	*d = Duration(total)
	return nil
}

// MarshalText writes the duration as it would be written.
func (d Duration) MarshalText() ([]byte, error) {
	t := time.Duration(d)
	if t >= 24*time.Hour && t%(24*time.Hour) == 0 {
		return fmt.Appendf(nil, "%dd", t/(24*time.Hour)), nil
	}
	s := t.String()
	s = strings.TrimSuffix(s, "0s")
	if s == "" || !strings.ContainsAny(s[len(s)-1:], "smhµn") {
		s = t.String()
	}
	return []byte(s), nil
}

// A Rate is requests per second: 300/s, 20/m.
type Rate float64

const maxRate = 100_000

// UnmarshalText reads a rate.
func (r *Rate) UnmarshalText(b []byte) error {
	s := string(b)
	num, unit, ok := strings.Cut(s, "/")
	per := map[string]float64{"s": 1, "m": 60, "h": 3600}[unit]
	v, err := strconv.ParseFloat(num, 64)
	if !ok || per == 0 || err != nil || math.IsNaN(v) {
		return fmt.Errorf("%q is not a rate; write it like 300/s or 20/m", s)
	}
	if v < 0 || v/per > maxRate {
		return fmt.Errorf("rate %q is out of bounds; 0/s to %d/s", s, maxRate)
	}
	*r = Rate(v / per)
	return nil
}

// MarshalText writes the rate per second.
func (r Rate) MarshalText() ([]byte, error) {
	return []byte(strconv.FormatFloat(float64(r), 'g', -1, 64) + "/s"), nil
}

// A Percent is a share, kept as a ratio: 99.9% is 0.999.
type Percent float64

// UnmarshalText reads a percentage.
func (p *Percent) UnmarshalText(b []byte) error {
	num, ok := strings.CutSuffix(strings.TrimSpace(string(b)), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(num), 64)
	if !ok || err != nil || math.IsNaN(v) {
		return fmt.Errorf("%q is not a percentage; write it like 99.9%%", string(b))
	}
	if v < 0 || v > 100 {
		return fmt.Errorf("percentage %q is out of bounds; 0%% to 100%%", string(b))
	}
	// Through decimal text, so that 99.9% is 0.999 and not a neighbour of it.
	r, err := strconv.ParseFloat(strconv.FormatFloat(v/100, 'g', 15, 64), 64)
	*p = Percent(r)
	return err
}

// MarshalText writes the percentage.
func (p Percent) MarshalText() ([]byte, error) {
	v, err := strconv.ParseFloat(strconv.FormatFloat(float64(p)*100, 'g', 12, 64), 64)
	if err != nil {
		return nil, err
	}
	return []byte(strconv.FormatFloat(v, 'f', -1, 64) + "%"), nil
}

// Below is a limit from above: "< 5%".
type Below float64

// UnmarshalText reads a limit.
func (l *Below) UnmarshalText(b []byte) error {
	rest, ok := strings.CutPrefix(strings.TrimSpace(string(b)), "<")
	var p Percent
	if !ok || p.UnmarshalText([]byte(strings.TrimSpace(rest))) != nil {
		return fmt.Errorf("%q is not a limit; write it like \"< 5%%\"", string(b))
	}
	*l = Below(p)
	return nil
}

// MarshalText writes the limit.
func (l Below) MarshalText() ([]byte, error) {
	t, err := Percent(l).MarshalText()
	return append([]byte("< "), t...), err
}

// A Multiple is a share that may exceed the whole: 250%.
type Multiple float64

// UnmarshalText reads a percentage of any size up to 10000%.
func (m *Multiple) UnmarshalText(b []byte) error {
	num, ok := strings.CutSuffix(strings.TrimSpace(string(b)), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(num), 64)
	if !ok || err != nil || !(v >= 0 && v <= 10000) {
		return fmt.Errorf("%q is not a percentage up to 10000%%; write it like 250%%", string(b))
	}
	*m = Multiple(v / 100)
	return nil
}

// MarshalText writes the percentage.
func (m Multiple) MarshalText() ([]byte, error) {
	return []byte(strconv.FormatFloat(float64(m)*100, 'g', 12, 64) + "%"), nil
}

func (d Duration) std() time.Duration { return time.Duration(d) }

func (d Duration) String() string {
	b, _ := d.MarshalText() // never fails
	return string(b)
}
