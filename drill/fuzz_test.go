package drill_test

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/drillctl/drillctl/drill"
)

// arbitrary makes samples of bytes, 24 for each; times lie near each other or
// far off.
func arbitrary(b []byte) []drill.Sample {
	var out []drill.Sample
	at := time.Duration(0)
	names := []string{"", "a", "b", "c"}
	for ; len(b) >= 24; b = b[24:] {
		d := time.Duration(binary.LittleEndian.Uint32(b)) << (b[4] % 32)
		if at += d; at < 0 {
			at = math.MaxInt64
		}
		out = append(out, drill.Sample{
			Intended: at, Start: at + time.Duration(int32(binary.LittleEndian.Uint32(b[5:])))<<(b[9]%24), End: at + time.Duration(int32(binary.LittleEndian.Uint32(b[9:])))<<(b[5]%24),
			Route: drill.Route(b[13] % 2), Class: drill.Class(b[14]), Ack: drill.Ack(b[15]), Status: uint16(b[16]) * 3, Missing: b[17]&1 > 0, Reused: b[17]&2 > 0,
			Slot: uint64(binary.LittleEndian.Uint16(b[18:])) << (b[17] % 60), ID: uint64(binary.LittleEndian.Uint16(b[20:])) << (b[22] % 60),
			Epoch: uint64(b[23]), Region: names[b[23]%4], Leader: names[b[22]%4],
		})
	}
	return out
}

func FuzzMeasure(f *testing.F) {
	f.Add([]byte("000000000000000000000000111111111111111111111111222222222222222222222222"), 10.0, 5.0, int64(sec))
	f.Add(make([]byte, 240), 0.0, 1e9, int64(0))
	f.Fuzz(func(t *testing.T, b []byte, rate, writes float64, hold int64) {
		sp := spec(max(0, min(1e6, rate)), max(0, min(1e6, writes)))
		if math.IsNaN(sp.Load.ReadRate + sp.Load.WriteRate) {
			t.Skip()
		}
		sp.Hold = time.Duration(hold)
		sp.Budget = &drill.BudgetSpec{SLO: 0.999, Window: month}
		ss := arbitrary(b)
		inOrder(ss)
		finals := []drill.FinalRead{{Source: "gateway", Stable: true, Ranges: [][2]uint64{{5, 1}, {3, math.MaxUint64}, {0, 9}}}, {Source: "b", Stable: true}}
		a := measure(t, log(2*sec, 4*sec, 1<<60), ss, finals, sp)
		for _, r := range a.Readings {
			for _, v := range []float64{r.Value, r.Low, r.High} {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Errorf("%+v", r)
				}
			}
			if r.Known && (r.Low > r.Value || r.High < r.Value) && !r.Censored {
				t.Errorf("out of its bounds: %+v", r)
			}
		}
		if _, err := json.Marshal(a); err != nil {
			t.Error(err)
		}
	})
}
