package scenarios

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/drillctl/drillctl/faults"
)

// A form is how values of one type are written. Parser and schema share it, so
// that an editor accepts what drillctl accepts.
type form struct {
	re   *regexp.Regexp
	what string
	like string
}

// maxText bounds what can be a duration, a rate or a percentage.
const maxText = 64

var (
	durationForm = form{regexp.MustCompile(`^(0|([0-9]+d)?([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))*)$`), "a duration", "500ms, 10s, 1m30s or 30d"}
	rateForm     = form{regexp.MustCompile(`^[0-9]+(\.[0-9]+)?/[smh]$`), "a rate", "300/s or 20/m"}
	percentForm  = form{regexp.MustCompile(`^[0-9]+(\.[0-9]+)? ?%$`), "a percentage", "99.9%"}
	multipleForm = form{percentForm.re, "a percentage", "250%"}
	belowForm    = form{regexp.MustCompile(`^< ?[0-9]+(\.[0-9]+)? ?%$`), "a limit", `"< 5%"`}
	shareForm    = form{regexp.MustCompile(`^[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)? *%$`), "a percentage", "5%"}
	bitRateForm  = form{regexp.MustCompile(`^[0-9]+(\.[0-9]+)? *[kmgKMG]?bit$`), "a rate", "512kbit or 1mbit"}
	cpusForm     = form{regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`), "a number of processors", "0.5 or 2"}
	oftenForm    = form{regexp.MustCompile(`^[0-9]+(\.[0-9]+)? */s$`), "a number per second", "300/s"}
	sizeForm     = form{regexp.MustCompile(`^[0-9]+(\.[0-9]+)? *([KMGT]i)?B$`), "a size", "64MiB or 1.5GiB"}
)

// formOf is the form of a type, nil when it has none.
func formOf(t reflect.Type) *form {
	switch t {
	case reflect.TypeFor[Duration](), reflect.TypeFor[time.Duration]():
		return &durationForm
	case reflect.TypeFor[Rate]():
		return &rateForm
	case reflect.TypeFor[Percent]():
		return &percentForm
	case reflect.TypeFor[Multiple]():
		return &multipleForm
	case reflect.TypeFor[Margin]():
		return &marginForm
	case reflect.TypeFor[Below]():
		return &belowForm
	case reflect.TypeFor[Schedule]():
		return &scheduleForm
	case reflect.TypeFor[Date]():
		return &dateForm
	case reflect.TypeFor[faults.Percent]():
		return &shareForm
	case reflect.TypeFor[faults.BitRate]():
		return &bitRateForm
	case reflect.TypeFor[faults.PerSecond]():
		return &oftenForm
	case reflect.TypeFor[faults.CPUs]():
		return &cpusForm
	case reflect.TypeFor[faults.Size]():
		return &sizeForm
	}
	return nil
}

// check is an error whose hint follows the last semicolon.
func (f form) check(s string) error {
	if s != "" && len(s) <= maxText && f.re.MatchString(s) {
		return nil
	}
	meant := ""
	if len(s) <= maxText {
		meant = f.guess(s)
	}
	if meant != "" {
		meant = "did you mean " + meant + "? "
	}
	return fmt.Errorf("%q is not %s; %swrite it like %s", clip(s), f.what, meant, f.like)
}

// clip shortens what a message quotes.
func clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

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
