package drill

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// A fate is what one write's answers said. 24 bytes for each write.
type fate struct {
	ack   time.Duration // when the answer was there
	epoch uint64
	kind  Ack
	lead  uint8
}

// A ledger gathers writes during the pass and reconciles them with the final
// reads (measuring.md 2.2, 2.3). Ids are dense, so they index a slice.
type ledger struct {
	writes  []fate
	leaders []string
	reads   map[uint64]time.Duration // ids missed by a read that began after their ack, by worst staleness
	stale   uint64
}

func (l *ledger) add(s Sample) {
	if s.Route == Read {
		l.read(s)
		return
	}
	if s.ID == 0 || s.ID > 1<<32 {
		return
	}
	for uint64(len(l.writes)) <= s.ID {
		l.writes = append(l.writes, fate{})
	}
	l.writes[s.ID] = fate{ack: s.End, epoch: s.Epoch, kind: s.Ack, lead: l.leader(s.Leader)}
}

func (l *ledger) leader(name string) uint8 {
	i := slices.Index(l.leaders, name)
	if i < 0 {
		l.leaders = append(l.leaders, name)
		i = len(l.leaders) - 1
	}
	return uint8(min(i, 255))
}

// read notes a miss: only a read invoked after the ack can be stale.
func (l *ledger) read(s Sample) {
	if !s.Missing || s.Class != OK || s.ID == 0 || s.ID >= uint64(len(l.writes)) {
		return
	}
	w := l.writes[s.ID]
	if w.kind != Acked || s.Start < w.ack {
		return
	}
	if l.reads == nil {
		l.reads = map[uint64]time.Duration{}
	}
	l.stale++
	l.reads[s.ID] = max(l.reads[s.ID], s.Start-w.ack)
}

// has says whether sorted, inclusive ranges hold an id.
func has(ranges [][2]uint64, id uint64) bool {
	i, found := slices.BinarySearchFunc(ranges, id, func(r [2]uint64, id uint64) int {
		switch {
		case r[1] < id:
			return -1
		case r[0] > id:
			return 1
		}
		return 0
	})
	_ = i
	return found
}

// last returns the last stable read of each source, and why there is none.
func lastReads(finals []FinalRead) (map[string]FinalRead, string) {
	out := map[string]FinalRead{}
	for _, f := range finals {
		if f.Err == "" && f.Stable {
			out[f.Source] = f
		}
	}
	if len(finals) == 0 {
		return nil, "the ledger was never read back"
	}
	if _, ok := out["gateway"]; !ok {
		return nil, "the ledger was never read back through the gateway until two reads agreed"
	}
	if len(out) < 2 {
		return nil, "no survivor's copy was read directly until two reads agreed"
	}
	return out, ""
}

// reconcile compares what was acknowledged with what is there. The authority is
// what the system now answers through the gateway.
func (l *ledger) reconcile(finals []FinalRead, fault time.Duration, hasFault bool, rate float64) *LedgerReport {
	r := &LedgerReport{FinalReads: finals}
	for _, w := range l.writes {
		switch w.kind {
		case Acked:
			r.Acked++
		case Rejected:
			r.Rejected++
		case Indeterminate:
			r.Indeterminate++
		default:
			continue
		}
		r.Attempted++
	}
	sources, why := lastReads(finals)
	if why != "" {
		r.Why = why
		return r
	}
	r.Known = true
	final := sources["gateway"]
	r.Duplicated, r.Unexpected = uint64(len(final.Duplicates)), uint64(len(final.Unexpected))
	l.classify(r, final, fault, hasFault)
	if rate > 0 {
		r.LossEquivalent = time.Duration(float64(r.Lost) / rate * float64(time.Second))
	}
	if r.Lost == 0 && r.Acked > 0 {
		r.LossUpperBound = 1 - math.Pow(0.05, 1/float64(r.Acked))
	}
	for id, age := range l.reads {
		if has(final.Ranges, id) {
			r.StaleMax = max(r.StaleMax, age)
		}
	}
	r.StaleReads = l.stale
	r.SplitBrain = l.splitBrain()
	r.Disagreement = disagreement(sources)
	return r
}

func (l *ledger) classify(r *LedgerReport, final FinalRead, fault time.Duration, hasFault bool) {
	oldest, newest := time.Duration(-1), time.Duration(-1)
	survivor := time.Duration(-1)
	var newestID uint64
	for id := len(l.writes) - 1; id > 0; id-- {
		w, there := l.writes[id], has(final.Ranges, uint64(id))
		if there && newestID == 0 {
			newestID = uint64(id)
		}
		switch {
		case w.kind == Acked && !there:
			r.Lost++
			if len(r.LostIDs) < 100 {
				r.LostIDs = append(r.LostIDs, uint64(id))
			}
			if uint64(id) < newestID {
				r.Reordered++
			}
			if w.ack <= fault && (oldest < 0 || w.ack < oldest) {
				oldest = w.ack
			}
			newest = max(newest, w.ack)
		case w.kind == Acked && w.ack <= fault:
			survivor = max(survivor, w.ack)
		case w.kind == Indeterminate && there:
			r.Recovered++
		case w.kind == Indeterminate:
			r.Absent++
		case w.kind == Rejected && there:
			r.RejectedPresent++
		}
	}
	slices.Sort(r.LostIDs)
	if !hasFault {
		return
	}
	if oldest >= 0 {
		r.RPA = fault - oldest
	}
	if survivor >= 0 {
		r.NewestSurvivorGap = fault - survivor
	}
	r.PostFaultLoss = max(0, newest-fault)
	r.Holes = oldest >= 0 && survivor > oldest
}

// splitBrain is the longest overlap of the times in which two leaders
// acknowledged writes.
func (l *ledger) splitBrain() time.Duration {
	type reign struct{ first, last time.Duration }
	reigns := map[[2]uint64]*reign{}
	for _, w := range l.writes {
		if w.kind != Acked || l.leaders[w.lead] == "" {
			continue
		}
		k := [2]uint64{uint64(w.lead), w.epoch}
		if reigns[k] == nil {
			reigns[k] = &reign{w.ack, w.ack}
		}
		reigns[k].first, reigns[k].last = min(reigns[k].first, w.ack), max(reigns[k].last, w.ack)
	}
	var worst time.Duration
	for a, ra := range reigns {
		for b, rb := range reigns {
			if a[0] != b[0] {
				worst = max(worst, min(ra.last, rb.last)-max(ra.first, rb.first))
			}
		}
	}
	return max(0, worst)
}

func disagreement(sources map[string]FinalRead) []string {
	final := sources["gateway"]
	var out []string
	for _, name := range sortedKeys(sources) {
		if name != "gateway" && !slices.Equal(sources[name].Ranges, final.Ranges) {
			out = append(out, fmt.Sprintf("the copy in %s differs from what the gateway answers", name))
		}
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
