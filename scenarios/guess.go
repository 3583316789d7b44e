package scenarios

import (
	"slices"
	"strconv"
	"strings"
)

// words that people write where a unit or nothing belongs; longer ones first.
var unitWords = strings.NewReplacer(
	" per second", "/s", " per minute", "/m", "requests/", "/", "req/", "/", "/seconds", "/s", "/second", "/s", "/sec", "/s", "/minute", "/m", "/min", "/m", "/hour", "/h",
	"rps", "/s", "qps", "/s", "rpm", "/m",
	"milliseconds", "ms", "millisecond", "ms", "millis", "ms", "msec", "ms",
	"seconds", "s", "second", "s", "secs", "s", "sec", "s",
	"minutes", "m", "minute", "m", "mins", "m", "min", "m",
	"hours", "h", "hour", "h", "hrs", "h", "hr", "h",
	"days", "d", "day", "d", "percent", "%",
	"bps", "bit", "bits", "bit", "bit/s", "bit", "//", "/", " ", "", ",", ".",
)

// starts and ends are what can be missing of a value; each form takes only its own.
var (
	starts = []string{"", "< ", "+"}
	ends   = []string{"", "s", "/s", "%", "iB", "it"}
)

// guess is how a value that is not of the form was probably meant, "" if nothing
// suggests itself.
func (f form) guess(s string) string {
	plain := unitWords.Replace(strings.ToLower(strings.TrimSpace(s)))
	if v, err := strconv.ParseFloat(plain, 64); err == nil && v > 0 && v < 1 && f.takes("1%") {
		plain = string(percentage(v)) // a ratio
	}
	if f.re == sizeForm.re {
		plain = strings.TrimRight(strings.ToUpper(plain), "IB")
	}
	if _, err := strconv.ParseFloat(plain, 64); err == nil && f.re == durationForm.re && f.re.MatchString(plain+"s") {
		return plain + "s or " + plain + "ms"
	}
	for _, start := range starts {
		for _, end := range ends {
			if text := start + plain + end; text != s && f.re.MatchString(text) {
				return text
			}
		}
	}
	return ""
}

// takes says that the form knows such an end.
func (f form) takes(end string) bool {
	return slices.ContainsFunc(starts, func(start string) bool { return f.re.MatchString(start + end) })
}
