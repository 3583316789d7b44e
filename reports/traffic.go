package reports

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/drillctl/drillctl/drill"
	"github.com/drillctl/drillctl/reports/figures"
)

// phases is the traffic of each phase. Percentiles are of good requests only.
func phases(p *page, rec drill.Record) {
	all := rec.Analysis.Phases
	if len(all) == 0 {
		return
	}
	p.section("PHASES", "latency of good requests, from their intended start")
	g := grid{cols: []column{{head: "phase"}, {head: "from", right: true, drop: 2}, {head: "for", right: true, drop: 1},
		{head: "planned", right: true}, {head: "sent", right: true}, {head: "skipped", right: true}, {head: "success", right: true},
		{head: "p50", right: true}, {head: "p95", right: true}, {head: "p99", right: true}, {head: "max", right: true}}}
	for _, s := range all {
		g.add(cell{text: s.Name}, cell{text: figures.Instant(s.Start)}, cell{text: figures.Instant(s.End - s.Start)},
			cell{text: figures.Count(s.Planned)}, cell{text: figures.Count(s.Sent)}, cell{text: figures.Count(s.Skipped)}, cell{text: success(s)},
			cell{text: figures.Latency(s.P50)}, cell{text: figures.Latency(s.P95)}, cell{text: figures.Latency(s.P99)}, cell{text: figures.Latency(s.Max)})
	}
	p.grid(&g)
	for _, s := range all {
		if text := notGood(s); text != "" {
			p.para(bullet+s.Name+": ", text, plain)
		}
	}
}

// success is good of all whose fate is known.
func success(s drill.PhaseStats) string {
	known := s.Good + badRequests(s)
	if known == 0 {
		return "none"
	}
	return figures.Percent(float64(s.Good) / float64(known))
}

func badRequests(s drill.PhaseStats) uint64 {
	sum := s.Slow
	for _, n := range s.Bad {
		sum += n
	}
	return sum
}

func notGood(s drill.PhaseStats) string {
	by := maps.Clone(s.Bad)
	if by == nil {
		by = map[string]uint64{}
	}
	by["slow"] += s.Slow
	text := classes(by)
	if s.Unknown > 0 {
		text = join("; ", text, figures.Count(s.Unknown)+" unknown")
	}
	return text
}

const barWidth = 8

// regions shows which region served the good requests of each phase.
func regions(p *page, rec drill.Record) {
	names := phaseNames(rec)
	if len(rec.Analysis.Regions) == 0 || len(names) == 0 {
		return
	}
	p.section("TRAFFIC BY REGION", "good requests of each phase")
	all := map[string]uint64{}
	for _, r := range rec.Analysis.Regions {
		for ph, n := range r.ByPhase {
			all[ph] += n
		}
	}
	g := grid{cols: []column{{head: "region"}}}
	for _, n := range names {
		g.cols = append(g.cols, column{head: n, right: true}, column{head: ""})
	}
	for _, r := range rec.Analysis.Regions {
		row := []cell{{text: regionName(r.Region)}}
		for _, n := range names {
			row = append(row, cell{text: figures.Share(r.ByPhase[n], all[n])}, cell{bar(r.ByPhase[n], all[n]), good})
		}
		g.add(row...)
	}
	p.grid(&g)
}

func regionName(r string) string {
	if r == "" {
		return "(unknown)"
	}
	return r
}

// phaseNames leaves the warm-up out: it counts for nothing.
func phaseNames(rec drill.Record) []string {
	var names []string
	for _, s := range rec.Analysis.Phases {
		if s.Name != drill.PhaseWarmup && !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}

// bar draws a share in eighths of a column, and the smallest as something.
func bar(n, all uint64) string {
	if all == 0 || n == 0 {
		return ""
	}
	eighths := int(math.Round(8 * barWidth * float64(n) / float64(all)))
	eighths = max(eighths, 1)
	parts := []string{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"}
	return strings.Repeat("█", eighths/8) + parts[eighths%8]
}
