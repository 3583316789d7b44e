package drill

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Gateway is the source of the final read that has the authority: what the
// system answers its clients.
const gatewaySource = "gateway"

// lastReads returns the stable reads of the last time that the ledger was read,
// by source, or why they say nothing. A system that can only be asked through its
// entry has one source.
func lastReads(finals []FinalRead, entryOnly bool) (map[string]FinalRead, string) {
	var latest FinalRead
	for _, f := range finals {
		if f.final() && (latest.Source == "" || f.At >= latest.At) {
			latest = f
		}
	}
	if latest.Source == "" {
		return nil, "the ledger was never read back in the end"
	}
	out := stable(finals, latest.When)
	if _, ok := out[gatewaySource]; !ok {
		return nil, "the ledger was never read back through the gateway until two reads agreed"
	}
	if len(out) < 2 && !entryOnly {
		return nil, "no survivor's copy was read directly until two reads agreed"
	}
	return out, ""
}

func stable(finals []FinalRead, when string) map[string]FinalRead {
	out := map[string]FinalRead{}
	for _, f := range finals {
		if f.When == when && f.Err == "" && f.Stable {
			f.Ranges = normal(f.Ranges)
			out[f.Source] = f
		}
	}
	return out
}

// reconcile compares what was acknowledged with what is there. The authority is
// what the system now answers through the gateway.
func (l *ledger) reconcile(finals []FinalRead, outages []span, rate float64) *LedgerReport {
	if finals == nil {
		finals = []FinalRead{}
	}
	r := &LedgerReport{FinalReads: finals}
	l.writes.each(func(_ uint64, f fate) { r.attempt(f.kind()) })
	sources, why := lastReads(finals, l.entryOnly)
	if why != "" {
		r.Why = why
		return r
	}
	r.Known = true
	final := sources[gatewaySource]
	r.Duplicated, r.Unexpected = uint64(len(final.Duplicates)), uint64(len(final.Unexpected))
	c := classifier{report: r, final: final.Ranges, outages: outages, survivor: -never, newest: -never}
	if before, ok := stable(finals, ReadSettled)[gatewaySource]; ok && final.When != ReadSettled {
		c.before = &before
	}
	var unread []string
	c.absences, unread = absences(finals)
	r.SurvivorsRead = len(c.absences) > 0 && len(unread) == 0
	l.writes.each(c.take)
	c.finish()
	if rate > 0 {
		r.LossEquivalent = time.Duration(float64(r.Lost) / rate * float64(time.Second))
	}
	if r.Lost == 0 && r.Acked > 0 {
		r.LossUpperBound = 1 - math.Pow(0.05, 1/float64(r.Acked))
	}
	l.writes.eachMissed(func(id uint64, m *misses) {
		if has(final.Ranges, id) {
			l.disproved(m)
		}
	})
	r.StaleReads, r.StaleMax = l.stale, l.staleMax
	r.SplitBrain = l.splitBrain()
	r.Disagreement = append(disagreement(sources, finals), unread...)
	return r
}

func (r *LedgerReport) attempt(kind Ack) {
	r.Attempted++
	switch kind {
	case Acked:
		r.Acked++
	case Rejected:
		r.Rejected++
	default:
		r.Indeterminate++
	}
}

func disagreement(sources map[string]FinalRead, finals []FinalRead) []string {
	final := sources[gatewaySource]
	var out []string
	for _, name := range sortedKeys(sources) {
		if name != gatewaySource && !slices.Equal(sources[name].Ranges, final.Ranges) {
			out = append(out, fmt.Sprintf("the copy in %s differs from what the gateway answers", name))
		}
	}
	for _, f := range finals {
		if _, ok := sources[f.Source]; !ok && f.When == final.When {
			text := fmt.Sprintf("the copy in %s was not read until two reads agreed", f.Source)
			if f.Err != "" {
				text += ": " + f.Err
			}
			if !slices.ContainsFunc(out, func(s string) bool { return strings.HasPrefix(s, "the copy in "+f.Source+" ") }) {
				out = append(out, text)
			}
		}
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
