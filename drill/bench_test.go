package drill_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// generated gives n samples of two routes without keeping them: 300 reads and 50
// writes a second, with an outage in the middle.
func generated(n int, peak *uint64) func(yield func(drill.Sample, error) bool) {
	return func(yield func(drill.Sample, error) bool) {
		var mem runtime.MemStats
		var slots [2]uint64
		mid := time.Duration(n) * sec / 700
		for i := range n {
			r := drill.Read
			if i%7 == 6 {
				r = drill.Write
			}
			slots[r]++
			at := time.Duration(i) * sec / 350
			s := drill.Sample{Route: r, Slot: slots[r], Intended: at, Start: at + 50*time.Microsecond, End: at + ms + time.Duration(i%1000)*time.Microsecond, Status: 200, Region: "a", Instance: "a-gateway-1", ID: slots[drill.Write]}
			if r == drill.Write {
				s.Ack, s.Leader, s.Epoch = drill.Acked, "a", 1
			}
			if at > mid && at < mid+60*sec {
				s.Class, s.Status, s.Region = drill.HTTP5xx, 503, ""
			}
			if !yield(s, nil) {
				return
			}
			if i%(1<<20) == 0 {
				runtime.ReadMemStats(&mem)
				*peak = max(*peak, mem.HeapInuse)
			}
		}
		runtime.ReadMemStats(&mem)
		*peak = max(*peak, mem.HeapInuse)
	}
}

// BenchmarkMeasure10M judges a drill of ten million requests.
func BenchmarkMeasure10M(b *testing.B) {
	const n = 10_000_000
	var peak uint64
	sp := spec(300, 50)
	mid := time.Duration(n) * sec / 700
	for b.Loop() {
		finals := []drill.FinalRead{{Source: "gateway", Stable: true, Ranges: [][2]uint64{{1, n}}}, {Source: "b", Stable: true}}
		a, err := drill.Measure(log(mid, mid+60*sec, 2*mid), generated(n, &peak), finals, sp)
		if err != nil || len(a.Incidents) != 2 || a.Ledger.Lost != 0 {
			b.Fatal(err, len(a.Incidents))
		}
		var mem runtime.MemStats
		runtime.ReadMemStats(&mem)
		peak = max(peak, mem.HeapInuse)
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/n, "ns/sample")
	b.ReportMetric(float64(peak)/1e6, "peak-MB")
}
