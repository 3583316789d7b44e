package reports

import (
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/drill/predict"
)

// A prediction says what clients make of the TTL, where it is not the usual.
func TestPredictionTellsOfClients(t *testing.T) {
	for want, clients := range map[string]drill.ResolverSpec{
		"TTL 1 s":                                {},
		"clients keep answers for 30 s":          {AtLeast: 30 * time.Second},
		"clients ask for every connection":       {IgnoreTTL: true},
		"cache for longer than the TTL, or keep": {},
	} {
		s := predict.Settings{Interval: time.Second, Timeout: 500 * time.Millisecond, Threshold: 3, TTL: time.Second, Clients: clients}
		var b strings.Builder
		err := Prediction(&b, PredictionView{Settings: s, Bounds: predict.Predict(s)}, Options{Width: 200})
		if err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("%v: no %q in\n%s", err, want, b.String())
		}
	}
}

func TestPredictionBesideMeasured(t *testing.T) {
	s := predict.Settings{Interval: time.Second, Timeout: 500 * time.Millisecond, Threshold: 3, TTL: time.Second}
	v := PredictionView{Name: "mine", Settings: s, Bounds: predict.Predict(s), Run: "r1", Slack: time.Second,
		Measured: &predict.Measured{Loss: predict.Refused, Detection: drill.Reading{Why: "nobody saw it"},
			Failover: drill.Reading{Known: true, Value: 9, Low: 9, High: 9, Unit: drill.Seconds}}}
	var b strings.Builder
	if err := Prediction(&b, v, Options{Width: 100}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"prediction for mine", "measured  agrees", "refused  detection  2.00 s   2.50 s  3.00 s         -  unknown", "4.00 s    9.00 s  NO", "by run r1"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	v.Measured.Failover.Value = 3
	b.Reset()
	if err := Prediction(&b, v, Options{Width: 100}); err != nil || !strings.Contains(b.String(), "yes") {
		t.Errorf("%v\n%s", err, b.String())
	}
}
