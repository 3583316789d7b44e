package reports

import (
	"bytes"
	"strings"
	"testing"

	"github.com/drillctl/drillctl/drill"
)

// Who was not told is on every page that people read, and changes nothing else.
func TestNotices(t *testing.T) {
	rec := passed()
	rec.Notices = []drill.Notice{
		{Channel: "slack", Sent: 4},
		{Channel: "webhook https://hooks.example.org", Sent: 2, Unsent: []drill.Unsent{
			{Event: "fault.applied", Step: "steps[0]", Tries: 3, Why: "503 Service Unavailable"},
			{Event: "drill.finished", Why: "too many messages were waiting for this channel"},
		}},
	}
	for name, wants := range map[string][]string{
		"table": {"WHO WAS TOLD", "slack 4 0", "webhook https://hooks.example.org 2 2",
			"fault.applied steps[0] not delivered, after 3 tries: 503 Service Unavailable", "drill.finished not delivered, never tried: too many"},
		"markdown": {`webhook https://hooks.example.org: 2 of 4 messages not delivered (too many messages were waiting for this channel)`},
		"html":     {"Who was told", "after 3 tries: 503 Service Unavailable"},
		"json":     {`"channel": "slack"`},
	} {
		f, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		var with, without bytes.Buffer
		if err := f.Render(&with, rec, Options{Width: 140, ASCII: true}); err != nil {
			t.Fatal(err)
		}
		if err := f.Render(&without, passed(), Options{Width: 140, ASCII: true}); err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(strings.ReplaceAll(with.String(), "|", " ")), " ")
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
		if strings.Contains(strings.ToUpper(without.String()), "WHO WAS TOLD") {
			t.Errorf("%s tells of notices where there are none", name)
		}
	}
}

func TestBrief(t *testing.T) {
	for name, want := range map[string]string{
		"pass":  "PASS: all ",
		"fail":  "rpo 2.004 s (≤ 2 s): fail",
		"stuck": "NOT PROVED that everything was taken back: drillctl recover ",
	} {
		if got := Brief(madeUp()[name]); !strings.Contains(got, want) {
			t.Errorf("%s: %q does not say %q", name, got, want)
		}
	}
}
