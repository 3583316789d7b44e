package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

func whatClientsSaw(rec drill.Record) said {
	s := said{about: "What clients saw"}
	if !served(rec) {
		s.text, s.tone = "Not known: no request was answered well.", unsure
		return s
	}
	var parts []string
	for _, route := range []string{"read", "write"} {
		if text := routeStory(rec, route); text != "" {
			parts = append(parts, text)
			s.tone = max(s.tone, pick(strings.Contains(text, "not recovered"), bad, plain))
		}
	}
	if len(parts) == 0 {
		parts = append(parts, "No outage: requests were answered well throughout, but for single ones.")
	}
	parts = append(parts, originStories(rec)...)
	if text := failedStory(rec); text != "" {
		parts = append(parts, text)
	}
	s.text = strings.Join(parts, " ")
	return s
}

// routeStory sums the outages of one route up.
func routeStory(rec drill.Record, route string) string {
	var down time.Duration
	n, open := 0, false
	for _, i := range rec.Analysis.Incidents {
		if i.Route == route {
			n++
			down += i.Downtime
			open = open || !i.IsRecovered
		}
	}
	what := capital(route) + "s"
	switch {
	case n == 0:
		return ""
	case open:
		return what + " had not recovered when the load ended; down for more than " + figures.Seconds(down.Seconds()) + "."
	case n == 1:
		return what + " were down for " + figures.Seconds(down.Seconds()) + ", then good again."
	}
	return fmt.Sprintf("%s were down for %s in all, in %d outages, then good again.", what, figures.Seconds(down.Seconds()), n)
}

// originStories says who was hurt, where clients were in several regions.
func originStories(rec drill.Record) []string {
	var out []string
	for _, o := range rec.Analysis.Origins {
		r := rec.Analysis.Reading(drill.OriginMetric(drill.MetricRTA, o.Region))
		who := "Clients near " + clip(o.Region)
		switch {
		case !r.Known:
			out = append(out, who+": not known, "+r.Why+".")
		case len(o.Outages) == 0:
			out = append(out, who+" saw no outage.")
		default:
			out = append(out, who+" were without service for "+figures.Achieved(r)+".")
		}
	}
	return out
}

func failedStory(rec drill.Record) string {
	for _, p := range rec.Analysis.Phases {
		if known := p.Good + badRequests(p); p.Name == drill.PhaseFault && known > 0 {
			return fmt.Sprintf("While the damage lasted %s of %s requests were answered well (%s).", figures.Count(p.Good), figures.Count(known), figures.Percent(float64(p.Good)/float64(known)))
		}
	}
	return ""
}

func whatBecameOfData(rec drill.Record) said {
	s := said{about: "The data"}
	l := rec.Analysis.Ledger
	switch {
	case rec.Spec.Load.WriteRate == 0:
		s.text = "Nothing was written, so nothing is known of data."
	case l == nil || !l.Known:
		s.text, s.tone = "Not known: what is stored in the end could not be read back.", unsure
		if l != nil && l.Why != "" {
			s.text = "Not known: " + l.Why + "."
		}
	case l.Lost == 0:
		s.text = fmt.Sprintf("All of the %s writes that were confirmed are still there.", figures.Count(l.Acked))
	default:
		s.text, s.tone = fmt.Sprintf("%s of %s confirmed writes are lost, the oldest %s before the outage.", figures.Count(l.Lost), figures.Count(l.Acked), figures.Seconds(max(0, l.RPA.Seconds()))), bad
		if l.RPA <= 0 {
			s.text = fmt.Sprintf("%s of %s confirmed writes are lost.", figures.Count(l.Lost), figures.Count(l.Acked))
		}
	}
	return s
}

func whatItCost(rec drill.Record) said {
	b := rec.Analysis.Budget
	if b == nil {
		return said{}
	}
	text := fmt.Sprintf("%s of what %s %% availability allows over %s, its error budget", capital(figures.Percent(b.Consumed)), figures.Trimmed(100*b.Spec.SLO), figures.Span(b.Spec.Window))
	text += fmt.Sprintf(": as much as %s of total outage, of %s", figures.Seconds(b.EED.Seconds()), figures.Span(wholeBudget(b)))
	if !rec.Environment.IsProduction {
		text += ", had it been in production"
	}
	var fired []string
	for _, a := range b.Alerts {
		if a.Fired {
			fired = append(fired, fmt.Sprintf("the %s/%s %s at %s", figures.Span(a.Long), figures.Span(a.Short), a.Severity, figures.Instant(a.FiredAt)))
		}
	}
	if len(fired) == 0 {
		return said{"The cost", text + ". No standard burn-rate alert would have fired.", plain}
	}
	return said{"The cost", text + ". Of the standard burn-rate alerts would have fired: " + strings.Join(fired, ", ") + ".", plain}
}

func whatIsLeft(rec drill.Record) said {
	byOthers := slices.ContainsFunc(rec.Analysis.Faults, func(f drill.FaultReport) bool { return f.Step.External })
	switch {
	case rec.Cleanup.Verified && byOthers:
		return said{"Left behind", "Nothing by drillctl. Whether what others did was taken back, only they can say.", unsure}
	case rec.Cleanup.Verified:
		return said{"Left behind", "Nothing: everything was taken back, and that was verified.", plain}
	}
	text := "It is not proved that everything was taken back. Run “drillctl recover " + rec.RunID + "”."
	if len(rec.Cleanup.Residue) > 0 {
		text += " " + strings.Join(rec.Cleanup.Residue, "; ") + "."
	}
	return said{"Left behind", text, bad}
}
