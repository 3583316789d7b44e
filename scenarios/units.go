package scenarios

import (
	"fmt"
	"reflect"
	"regexp"
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
