package live

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// clockLine is the phase, the time and the figures of the last second.
func (v *View) clockLine(room int) line {
	s := v.state
	l := line{{fmt.Sprintf("%-6s", clean(s.Phase)), bold}, {"  " + clock(s.Elapsed, s.Total), plain}}
	if bar := v.progress(); bar != "" && room >= roomForAll {
		l = append(l, span{" " + bar, dim})
	}
	l = append(l, span{"  ok ", plain}, span{success(s.Success), tint(s.Success)}, span{fmt.Sprintf("  %.0f req/s", s.Rate), plain})
	if s.P99 > 0 {
		l = append(l, span{"  p99 " + latency(s.P99), plain})
	}
	return l
}

const roomForAll = 60

// serviceLine is success over the last minute, one column a second, and who
// serves.
func (v *View) serviceLine(room int) line {
	who := "  " + serving(v.state.ByRegion)
	cells := min(historyLen, max(room-columns(who), 10))
	if v.state.Total > 0 {
		cells = min(cells, 1+int(v.state.Total.Seconds()))
	}
	return append(v.history.spark(cells, v.opts.ASCII), span{who, plain})
}

func (v *View) damageLine() line {
	s := v.state
	l := line{{"no fault in force", dim}}
	if len(s.Faults) > 0 {
		l = line{{"in force: " + clean(strings.Join(s.Faults, ", ")), yellow}}
	}
	if s.Acked > 0 {
		l = append(l, span{"  " + strconv.FormatUint(s.Acked, 10) + " writes acknowledged", plain})
	}
	if s.Note != "" {
		l = append(l, span{"  " + clean(s.Note), plain})
	}
	return l
}

const progressWidth = 12

func (v *View) progress() string {
	s := v.state
	if s.Total <= 0 {
		return ""
	}
	full := int(min(1, float64(s.Elapsed)/float64(s.Total)) * progressWidth)
	on, off := "━", "─"
	if v.opts.ASCII {
		on, off = "#", "-"
	}
	return strings.Repeat(on, full) + strings.Repeat(off, progressWidth-full)
}

func clock(elapsed, total time.Duration) string {
	if total <= 0 {
		return minutes(elapsed)
	}
	return minutes(elapsed) + " / " + minutes(total)
}

func minutes(d time.Duration) string {
	s := int(d / time.Second)
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// success never reads 100 % for less, nor 0 % for more.
func success(r float64) string {
	switch {
	case r < 0:
		return "-"
	case r == 0 || r == 1:
		return fmt.Sprintf("%.0f %%", 100*r)
	}
	return fmt.Sprintf("%.1f %%", min(max(100*r, 0.1), 99.9))
}

func tint(r float64) string {
	switch {
	case r < 0:
		return dim
	case r >= 0.99:
		return green
	case r >= 0.5:
		return yellow
	}
	return red
}

func latency(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	switch {
	case ms < 9.95:
		return fmt.Sprintf("%.1f ms", ms)
	case ms < 999.5:
		return fmt.Sprintf("%.0f ms", ms)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

// serving lists who served in the last second, the largest share first.
func serving(by map[string]int) string {
	names, all := shares(by)
	if all == 0 {
		return "nobody serves"
	}
	var parts []string
	for _, n := range names {
		name := cmp.Or(clean(n), "unknown")
		if by[n] == all {
			return "served by " + name
		}
		parts = append(parts, fmt.Sprintf("%s %.0f %%", name, 100*float64(by[n])/float64(all)))
	}
	return "served by " + strings.Join(parts, ", ")
}

func shares(by map[string]int) (names []string, all int) {
	for n, c := range by {
		all += c
		if c > 0 {
			names = append(names, n)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(by[b], by[a]), strings.Compare(a, b)) })
	return names, all
}

// told is what the plain lines have said already.
type told struct {
	any     bool
	phase   string
	faults  []string
	serving string
	at      time.Duration
}

const tellEvery = 5 * time.Second

// news is a line when the phase, the faults or the serving region changed, or
// when nothing was told for a while; else it is empty.
func (t *told) news(s State) string {
	who := leader(s.ByRegion)
	changed := !t.any || s.Phase != t.phase || !slices.Equal(s.Faults, t.faults) || who != t.serving
	if !changed && s.Elapsed-t.at < tellEvery {
		return ""
	}
	*t = told{any: true, phase: s.Phase, faults: slices.Clone(s.Faults), serving: who, at: s.Elapsed}
	parts := []string{stamp(s.Elapsed) + " " + clean(s.Phase) + ":"}
	if s.Success >= 0 {
		parts = append(parts, fmt.Sprintf("ok %s, %.0f req/s, %s", success(s.Success), s.Rate, serving(s.ByRegion)))
	} else {
		parts = append(parts, "no requests yet")
	}
	if len(s.Faults) > 0 {
		parts = append(parts, "; in force: "+clean(strings.Join(s.Faults, ", ")))
	}
	if s.Note != "" {
		parts = append(parts, "; "+clean(s.Note))
	}
	return strings.ReplaceAll(strings.Join(parts, " "), " ;", ";")
}

// leader is the region that serves most, "" for nobody and "several" when none
// has two thirds: shares that waver about the half are no news.
func leader(by map[string]int) string {
	names, all := shares(by)
	switch {
	case all == 0:
		return ""
	case 3*by[names[0]] >= 2*all:
		return names[0]
	}
	return "several"
}

// stamp is the time of the drill, so that lines can be compared with its report.
func stamp(d time.Duration) string { return fmt.Sprintf("[%6.1fs]", d.Seconds()) }
