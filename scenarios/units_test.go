package scenarios

import (
	"encoding"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestUnits(t *testing.T) {
	for _, c := range []struct {
		into encoding.TextUnmarshaler
		text string
		want string // as %v of the pointer's value, or what the error says
	}{
		{new(Duration), "500ms", "500ms"}, {new(Duration), "0", "0s"}, {new(Duration), "30d", "30d"}, {new(Duration), "1d12h", "36h"},
		{new(Duration), "1h30m0s", "1h30m"}, {new(Duration), "1.5s", "1.5s"}, {new(Duration), "10m", "10m"}, {new(Duration), "366d", "366d"},
		{new(Duration), "", "is not a duration"}, {new(Duration), "5", "is not a duration"}, {new(Duration), "-5s", "is not a duration"},
		{new(Duration), "1d-2h", "is not a duration"}, {new(Duration), "1d2d", "is not a duration"}, {new(Duration), "366d1ns", "is too long"},
		{new(Duration), "9223372036854775807s", "is too long"}, {new(Duration), "99999999999999999999d", "is too long"},
		{new(Rate), "300/s", "300"}, {new(Rate), "90/m", "1.5"}, {new(Rate), "36/h", "0.01"}, {new(Rate), "0.5/s", "0.5"},
		{new(Rate), "300", "is not a rate"}, {new(Rate), "-1/s", "is not a rate"}, {new(Rate), "Inf/s", "is not a rate"}, {new(Rate), "0x10/s", "is not a rate"},
		{new(Rate), "100001/s", "is too much"}, {new(Rate), strings.Repeat("9", 60) + "/s", "is too much"},
		{new(Percent), "99.9%", "99.9%"}, {new(Percent), "99.9 %", "99.9%"}, {new(Percent), "0%", "0%"}, {new(Percent), "100%", "100%"},
		{new(Percent), "100.0000001%", "is too much"}, {new(Percent), "0.5", "is not a percentage"}, {new(Percent), "NaN%", "is not a percentage"},
		{new(Below), "< 5%", "0.05"}, {new(Below), "<5%", "0.05"}, {new(Below), "5%", "is not a limit"}, {new(Below), "< 101%", "is too much"},
		{new(Multiple), "250%", "2.5"}, {new(Multiple), "10001%", "is too much"}, {new(Multiple), "2.5", "is not a percentage"},
	} {
		err := c.into.UnmarshalText([]byte(c.text))
		got := ""
		switch v := c.into.(type) {
		case *Duration:
			got = v.String()
		case *Rate:
			got = fmt.Sprint(float64(*v))
		case *Percent:
			got = v.String()
		case *Below:
			got = fmt.Sprint(float64(*v))
		case *Multiple:
			got = fmt.Sprint(float64(*v))
		}
		if err != nil {
			got = err.Error()
		}
		if got != c.want && (err == nil || !strings.Contains(got, c.want)) {
			t.Errorf("%T %q: got %s, want %s", c.into, c.text, got, c.want)
		}
	}
}

// What is written out is read back as the same value, to the last bit.
func TestUnitsComeBack(t *testing.T) {
	for i := range 20_000 {
		p := Percent(float64(i*37%20_011) / 20_011)
		var again Percent
		if b, _ := p.MarshalText(); again.UnmarshalText(b) != nil || again != p {
			t.Fatalf("%v is written %s and read as %v", float64(p), b, float64(again))
		}
		d := Duration(i) * Duration(i) * Duration(i) * Duration(time.Microsecond)
		if d > Duration(maxDuration) {
			d %= Duration(maxDuration)
		}
		var back Duration
		if b, _ := d.MarshalText(); back.UnmarshalText(b) != nil || back != d {
			t.Fatalf("%d ns is written %s and read as %d ns", d, b, back)
		}
		r := Rate(float64(i) / 7)
		var same Rate
		if b, _ := r.MarshalText(); same.UnmarshalText(b) != nil || same != r {
			t.Fatalf("%v is written %s and read as %v", float64(r), b, float64(same))
		}
	}
}

// What people write instead of a value tells them what they could have meant.
func TestGuess(t *testing.T) {
	for _, c := range []struct {
		form form
		text string
		want string
	}{
		{durationForm, "5", "5s or 5ms"}, {durationForm, "15 seconds", "15s"}, {durationForm, "1 min", "1m"}, {durationForm, "2 Hours", "2h"},
		{durationForm, "500 msec", "500ms"}, {durationForm, "1,5s", "1.5s"}, {durationForm, "30 days", "30d"}, {durationForm, "-5s", ""}, {durationForm, "soon", ""},
		{rateForm, "300", "300/s"}, {rateForm, "300rps", "300/s"}, {rateForm, "300 req/s", "300/s"}, {rateForm, "20 per minute", "20/m"}, {rateForm, "100/fortnight", ""},
		{percentForm, "99.9", "99.9%"}, {percentForm, "0.999", "99.9%"}, {percentForm, "99,9 %", "99.9%"}, {percentForm, "99 percent", "99%"}, {percentForm, "high", ""},
		{belowForm, "5%", "< 5%"}, {belowForm, "0.05", "< 5%"}, {marginForm, "25%", "+25%"}, {marginForm, "500ms", "+500ms"},
		{bitRateForm, "1mbps", "1mbit"}, {bitRateForm, "1 Mbit/s", "1mbit"}, {sizeForm, "64MB", "64MiB"}, {sizeForm, "64m", "64MiB"}, {sizeForm, "64", ""},
		{scheduleForm, "90 days", "90d"}, {dateForm, "yesterday", ""}, {cpusForm, "0,5", "0.5"},
	} {
		if got := c.form.guess(c.text); got != c.want {
			t.Errorf("%q as %s: %q, want %q", c.text, c.form.what, got, c.want)
		}
	}
}
