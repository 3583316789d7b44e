package reports

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/internal/golden"
	"github.com/drillctl/drillctl/reports/charts"
)

func asHTML(t testing.TB, rec drill.Record, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := renderHTML(&b, rec, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// withSeries gives a made-up record the traffic that it tells of: regions take
// over after an outage from 10 s to 14.3 s and give back after 30 s.
func withSeries(rec drill.Record) drill.Record {
	s := &drill.Series{Step: 500 * ms}
	for _, r := range rec.Spec.Regions {
		s.ByRegion = append(s.ByRegion, drill.RegionSeries{Region: r})
	}
	for i := range 100 {
		at := time.Duration(i) * s.Step
		wave := uint64(i*7%5) + 146
		by := []uint64{wave, 0, 0}
		bad := uint64(0)
		p50, p99 := 1240*time.Microsecond, 11*ms+time.Duration(i*13%7)*ms
		switch {
		case at >= 10*time.Second && at < 14*time.Second:
			by, bad, p50, p99 = []uint64{0, 0, 0}, wave, -1, -1
		case at >= 14*time.Second && at < 31*time.Second:
			by, p50, p99 = []uint64{0, wave - 40, 40}, 3400*time.Microsecond, 90*ms-time.Duration(i)*ms/2
		}
		s.Good = append(s.Good, by[0]+by[1]+by[2])
		s.Bad, s.Unknown = append(s.Bad, bad), append(s.Unknown, 0)
		for r := range s.ByRegion {
			s.ByRegion[r].Good = append(s.ByRegion[r].Good, by[r%3])
		}
		s.P50, s.P95, s.P99 = append(s.P50, p50), append(s.P95, pick(p50 < 0, p50, 2*p50)), append(s.P99, p99)
	}
	rec.Analysis.Series = s
	own := slices.DeleteFunc(slices.Clone(rec.Timeline), func(e drill.Event) bool { return !slices.Contains(kept, e.Kind) })
	rec.Timeline = append(madeUpTimeline(), own...)
	return rec
}

// kept are the kinds of events that records of their own bring along.
var kept = []drill.Kind{drill.KindActionBegan, drill.KindActionDone, drill.KindActionFailed, drill.KindDeclared, drill.KindAlert, drill.KindMonitoring}

func madeUpTimeline() []drill.Event {
	at := func(d time.Duration, k drill.Kind, subject string, data map[string]string) drill.Event {
		e := drill.Event{At: d, Kind: k, Subject: subject, Data: data}
		if strings.HasPrefix(string(k), "fault.") {
			e.Step = "steps[0]"
		}
		return e
	}
	list := []drill.Event{
		at(0, drill.KindPhase, drill.PhaseWarmup, nil), at(5*time.Second, drill.KindPhase, drill.PhaseSteady, nil), at(10*time.Second, drill.KindPhase, drill.PhaseFault, nil),
		at(10*time.Second, drill.KindFaultFired, "steps[0]", nil), at(10041*ms, drill.KindFaultApplied, "steps[0]", nil),
		at(12900*ms, drill.KindHealth, "us-east-api-1", map[string]string{"by": "us-west-gateway-1", "to": drill.Unhealthy}),
		at(13200*ms, drill.KindHealth, "us-east-api-2", map[string]string{"by": "us-west-gateway-1", "to": drill.Unhealthy}),
		at(13500*ms, drill.KindRoute, "api.drill.test", map[string]string{"to": "us-west"}),
		at(13900*ms, drill.KindLeader, "us-west", map[string]string{"epoch": "2"}),
		at(30062*ms, drill.KindFaultReverted, "steps[0]", nil),
		at(31*time.Second, drill.KindHealth, "us-east-api-1", map[string]string{"by": "us-west-gateway-1", "to": drill.Healthy}),
		at(31500*ms, drill.KindRoute, "api.drill.test", map[string]string{"to": "us-east"}),
		at(35*time.Second, drill.KindPhase, drill.PhaseSettle, nil), at(50*time.Second, drill.KindPhase, drill.PhaseEnd, nil),
	}
	for i := range list {
		list[i].Seq = uint64(i + 1)
	}
	return list
}

func ownSystem() drill.Record {
	r := withSeries(passed())
	r.Spec.Title = "Checkout survives the loss of Frankfurt"
	r.Environment.System, r.Environment.Runtime, r.Environment.IsProduction = "checkout", "docker", true
	return r
}

// hostile has all that breaks pages: markup, long names, odd writing, huge and
// impossible numbers, many steps and regions.
func hostile() drill.Record {
	r := withSeries(failed())
	evil := `<script>alert(1)</script>"'&` + "\x00\x1b[31m\u202e"
	long := strings.Repeat("very-long-name-without-end-", 12)
	r.Spec.Title, r.Scenario.Name, r.RunID = evil+" Überfall 東京 🔥", evil+long, evil+long
	r.Reason, r.Environment.System, r.Scenario.Path = evil, evil+long, evil
	r.Environment.Host = map[string]string{evil: evil, "kernel": long}
	r.Analysis.Invalid = []drill.Invalidity{{Code: evil, Text: evil + long}}
	r.Analysis.Notes = append(r.Analysis.Notes, evil+long)
	r.Spec.Regions = nil
	r.Analysis.Series.ByRegion = nil
	for i := range 16 {
		name := fmt.Sprintf("%s%d%s", evil, i, long)
		r.Spec.Regions = append(r.Spec.Regions, name)
		good := make([]uint64, 100)
		for j := range good {
			good[j] = uint64(i+1) * math.MaxUint32 * uint64(1+j%3)
		}
		r.Analysis.Series.ByRegion = append(r.Analysis.Series.ByRegion, drill.RegionSeries{Region: name, Good: good})
	}
	f := r.Analysis.Faults[0]
	for i := range 60 {
		f.Step.ID, f.Step.Text, f.Step.Fault = fmt.Sprintf("steps[%d]", i+1), evil+long, evil
		f.Fired, f.InForce, f.Gone = time.Duration(i)*time.Second/2, time.Duration(i)*time.Second/2+ms, time.Duration(i+20)*time.Second/2
		f.Evidence = []string{evil + long}
		f.Step.Targets = []string{evil, long}
		r.Analysis.Faults = append(r.Analysis.Faults, f)
		r.Timeline = append(r.Timeline, drill.Event{At: f.Fired, Kind: drill.KindNote, Subject: evil, Note: long})
	}
	for i := range 50 {
		r.Analysis.Incidents = append(r.Analysis.Incidents, incident("read", time.Duration(i)*time.Second, time.Duration(i)*time.Second+300*ms, map[string]uint64{evil: math.MaxUint64}))
	}
	r.Objectives[2].Reading.Value, r.Objectives[2].Reading.Low, r.Objectives[2].Reading.High = 1e300, 0, math.MaxFloat64
	r.Objectives = append(r.Objectives, result(evil, drill.Reading{Metric: evil, Value: math.MaxInt64, Known: true, Unit: drill.Count}, drill.AtMost, 1e18, drill.Fail, evil+long))
	r.Analysis.Phases[0].P50, r.Analysis.Phases[0].Max = math.MaxInt64, math.MaxInt64
	r.Analysis.Phases[0].Good = math.MaxUint64
	return r
}

// endless has no end of the load, as a crash leaves it, and nothing good.
func endless() drill.Record {
	r := withSeries(interrupted())
	r.Analysis.Phases[1].End = math.MaxInt64/2 - 1
	s := r.Analysis.Series
	for i := range s.Good {
		s.Good[i], s.Bad[i], s.P50[i], s.P95[i], s.P99[i] = 0, 0, -1, -1, -1
		for j := range s.ByRegion {
			s.ByRegion[j].Good[i] = 0
		}
	}
	return r
}

func htmlRecords() map[string]drill.Record {
	all := map[string]drill.Record{"own": ownSystem(), "hostile": hostile(), "endless": endless(), "nothing": {}}
	for name, rec := range madeUp() {
		all[name] = withSeries(rec)
	}
	all["no-series"] = passed()
	pre := all["precondition"]
	pre.Timeline = pre.Timeline[:2]
	all["precondition"] = pre
	return all
}

var files = []FileSum{{"events.jsonl", 48211, strings.Repeat("0123456789abcdef", 4)}, {"samples.bin", 190233, strings.Repeat("fedcba9876543210", 4)}}

var drawn = regexp.MustCompile(`(?s)(<svg class="chart"[^>]*>.*?</desc>).*?</svg>`)

// TestHTMLGolden leaves the drawings out: those of package charts have golden
// files of their own.
func TestHTMLGolden(t *testing.T) {
	for _, name := range []string{"pass", "fail", "inconclusive", "own"} {
		t.Run(name, func(t *testing.T) {
			page := asHTML(t, htmlRecords()[name], Options{Files: files})
			golden.Assert(t, name+".html", []byte(drawn.ReplaceAllString(page, "$1…</svg>")))
		})
	}
}

var outside = regexp.MustCompile(`(?i)\b(src|href|action|srcset|data|poster)\s*=\s*"([^"]*)"|url\(|@import|<script|<iframe|<object|<embed|javascript:|\son[a-z]+\s*=`)

// TestHTMLAsksForNothing looks for all that makes a browser fetch or run
// something; the browser's own word on it is in the browser test.
func TestHTMLAsksForNothing(t *testing.T) {
	for name, rec := range htmlRecords() {
		t.Run(name, func(t *testing.T) {
			page := asHTML(t, rec, Options{Files: files})
			for _, hit := range outside.FindAllStringSubmatch(page, -1) {
				if hit[2] != "data:," {
					t.Errorf("found %q", hit[0])
				}
			}
			if n := len(page); n > 1<<20 {
				t.Errorf("%d bytes; the most is 1 MiB", n)
			}
			for _, odd := range []string{"\x00", "\x1b", "\u202e", "ZgotmplZ", "NaN", "+Inf", "%!"} {
				if strings.Contains(page, odd) {
					t.Errorf("the page holds %q", odd)
				}
			}
		})
	}
}

func TestHTMLSaysTheVerdictFirst(t *testing.T) {
	for name, want := range map[string]string{"pass": "Passed", "fail": "Failed", "inconclusive": "Inconclusive", "interrupted": "Inconclusive", "stuck": "Inconclusive", "nothing": "Inconclusive"} {
		page := asHTML(t, htmlRecords()[name], Options{})
		if !strings.Contains(page, "<title>"+want) || !strings.Contains(page, "</span> "+want+"</p>") {
			t.Errorf("%s: the page does not say %q", name, want)
		}
	}
}

// TestStoryNamesTheSystem keeps apart what a reader must never confuse.
func TestStoryNamesTheSystem(t *testing.T) {
	bundled, own := passed(), ownSystem()
	bundled.Environment.System = "bundled"
	for _, c := range []struct {
		rec        drill.Record
		want, lack string
	}{{bundled, "comes with drillctl, not a system of yours", "Your own"}, {own, "Your own system, checkout", "comes with drillctl"}} {
		if text := story(c.rec)[0].text; !strings.Contains(text, c.want) || strings.Contains(text, c.lack) {
			t.Errorf("got %q", text)
		}
	}
}

// Of damage that others did there is no proof, nor of its end: no page says so.
func TestStoryOfDamageByOthers(t *testing.T) {
	rec := ownSystem()
	f := &rec.Analysis.Faults[0]
	rec.Spec.Regions, rec.Environment.Runtime, rec.Cleanup.Verified = nil, "host", true
	f.Step.External, f.Step.Text, f.Seen = true, "external for 1m", true
	var all []string
	for _, s := range story(rec) {
		all = append(all, s.text)
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{"drillctl only watched", "clients saw an outage begin at", "only they can say"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	var md strings.Builder
	mdFacts(&md, rec)
	for _, facts := range faultFacts(*f) {
		text += facts[0]
	}
	for _, claim := range []string{"proved", "verified", "0 regions", "runtime"} {
		if strings.Contains(text+md.String(), claim) {
			t.Errorf("it claims %q:\n%s\n%s", claim, text, md.String())
		}
	}
}

func TestStoryIsNotGreenerThanTheRecord(t *testing.T) {
	tell := func(rec drill.Record) string {
		var all []string
		for _, s := range story(rec) {
			all = append(all, s.text)
		}
		return strings.Join(all, "\n")
	}
	for _, c := range []struct {
		rec  drill.Record
		want string
	}{
		{failed(), "Reads had not recovered when the load ended"},
		{failed(), "47 of 2,038 confirmed writes are lost"},
		{failed(), "Switched on in it on purpose: no-failover, ack-before-replicate"},
		{inconclusive(), "it could not be shown to be in force"},
		{inconclusive(), "Not known: the ledger was never read back"},
		{stuck(), "It is not proved that everything was taken back"},
		{stuck(), "It could not be shown to be gone"},
		{precondition(), "Nothing was injected: the system was not steady"},
		{noWrites(), "Nothing was written, so nothing is known of data"},
		{masked(), "No outage"},
		{drill.Record{}, "Not known: no request was answered well"},
	} {
		if text := tell(c.rec); !strings.Contains(text, c.want) {
			t.Errorf("%s: %q is not in\n%s", c.rec.Scenario.Name, c.want, text)
		}
	}
}

func TestEveryMetricHasAPlainName(t *testing.T) {
	for _, m := range drill.Metrics() {
		if n := plainNames[m.Name]; n.title == "" || n.means == "" {
			t.Errorf("%s has none", m.Name)
		}
	}
	if n := len(drill.Metrics()); n != len(plainNames) {
		t.Errorf("%d plain names for %d metrics", len(plainNames), n)
	}
}

// TestEveryInkHasAColour in light and in dark.
func TestEveryInkHasAColour(t *testing.T) {
	css, err := htmlFiles.ReadFile("html/report.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, ink := range charts.Inks() {
		if n := strings.Count(string(css), "--ink-"+string(ink)+":"); n != 2 {
			t.Errorf("%s has %d colours, want a light and a dark one", ink, n)
		}
	}
}

func TestHTMLIsStable(t *testing.T) {
	rec := htmlRecords()["fail"]
	first := asHTML(t, rec, Options{})
	for range 3 {
		if asHTML(t, rec, Options{}) != first {
			t.Fatal("the same record gave different bytes")
		}
	}
}

// The page shows when alerts fired, in words and as a lane.
func TestHTMLAlerts(t *testing.T) {
	page := asHTML(t, alerted(), Options{})
	for _, want := range []string{"Alert GatewayDown{region=", "alert GatewayDown{region=&#34;us-east&#34;}: firing", "prometheus at https://prometheus.example.com does not answer: connection refused"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// The page shows what people did and when, and how the run compares with earlier
// ones: both can be why it did not pass.
func TestHTMLPeopleAndBaseline(t *testing.T) {
	for name, want := range map[string][]string{
		"operated":  {`<section id="actions">`, "confirmed by ada", "the disaster is declared by ada", "steps[2] failed: run ./failover.sh us-west: exit status 3", "no leader in us-west", "Actions and confirmations", "not reached"},
		"regressed": {`<section id="baseline">`, "REGRESSION", "worse by 2.41 s, of which 1.00 s is allowed", "it did not pass"},
	} {
		page := asHTML(t, htmlRecords()[name], Options{})
		for _, text := range want {
			if !strings.Contains(page, text) {
				t.Errorf("%s: the page does not say %q", name, text)
			}
		}
	}
}
